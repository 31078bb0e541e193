//! Logarithm and power of doubles, bit for bit as Terraform computes them.
//!
//! The logarithm reduces its argument to `2^k * (1 + f)` and takes the polynomial of FreeBSD's `e_log.c`; the power squares the
//! mantissa of its base and keeps the exponent apart. Both are up to an ulp off the nearest double, and that shows in all the
//! digits that Terraform prints. Source: the documentation of <https://pkg.go.dev/math#Log> and <https://pkg.go.dev/math#Pow>.

use std::f64::consts::FRAC_1_SQRT_2;

/// A mantissa from 0.5 to 1 and the exponent of two.
fn split(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let (value, shifted) = if value.abs() < f64::MIN_POSITIVE {
        (value * (1u64 << 52) as f64, -52)
    } else {
        (value, 0)
    };
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1022;
    let mantissa = f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52));
    (mantissa, exponent + shifted)
}

/// `mantissa * 2^exponent`
fn scale(mantissa: f64, exponent: i32) -> f64 {
    let (mantissa, own) = split(mantissa);
    let exponent = exponent.saturating_add(own);
    match exponent {
        1025.. => mantissa * f64::INFINITY,
        ..-1100 => mantissa * 0.0,
        _ => mantissa * 2f64.powi(exponent / 2) * 2f64.powi(exponent - exponent / 2),
    }
}

/// The natural logarithm.
pub(super) fn log(value: f64) -> f64 {
    if value.is_nan() || value == f64::INFINITY {
        return value;
    }
    if value <= 0.0 {
        return if value < 0.0 {
            f64::NAN
        } else {
            f64::NEG_INFINITY
        };
    }
    let (mut mantissa, mut exponent) = split(value);
    if mantissa < FRAC_1_SQRT_2 {
        mantissa *= 2.0;
        exponent -= 1;
    }
    let (f, k) = (mantissa - 1.0, f64::from(exponent));
    let s = f / (2.0 + f);
    let (s2, s4) = (s * s, s * s * (s * s));
    let odd = s2 * (LOG[0] + s4 * (LOG[2] + s4 * (LOG[4] + s4 * LOG[6])));
    let even = s4 * (LOG[1] + s4 * (LOG[3] + s4 * LOG[5]));
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + (odd + even)) + k * LN2_LOW)) - f)
}

/// Coefficients of the polynomial, and the two halves of ln 2.
const LOG: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `base ^ exponent`
pub(super) fn pow(base: f64, exponent: f64) -> f64 {
    let special = base == 0.0
        || base == 1.0
        || !base.is_finite()
        || !exponent.is_finite()
        || exponent.abs() >= 9.2e18
        || exponent.abs() == 0.5
        || (base < 0.0 && exponent.fract() != 0.0);
    if special {
        return match exponent {
            0.5 if base.is_finite() => base.sqrt(),
            -0.5 if base.is_finite() => 1.0 / base.sqrt(),
            _ => base.powf(exponent),
        };
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    let (mut mantissa, mut power) = (1.0, 0i32);
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        mantissa = (fraction * log(base)).exp();
    }
    let (mut square, mut square_power) = split(base);
    let mut left = whole as u64;
    while left != 0 {
        if square_power.abs() > 1 << 12 {
            power = power.saturating_add(square_power);
            break;
        }
        if left & 1 == 1 {
            mantissa *= square;
            power += square_power;
        }
        square *= square;
        square_power <<= 1;
        if square < 0.5 {
            square += square;
            square_power -= 1;
        }
        left >>= 1;
    }
    if exponent < 0.0 {
        return scale(1.0 / mantissa, -power);
    }
    scale(mantissa, power)
}
