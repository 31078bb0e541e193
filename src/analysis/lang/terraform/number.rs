//! Numbers as Terraform computes them: binary, 512 bits of precision, rounded half to even.
//!
//! A number written in a configuration has 512 bits; one that a function made from a machine integer has 64 and one made from a
//! double 53, and an operation has the larger precision of its operands. The precision shows when a fraction is printed, as the
//! shortest decimal that reads back to the same number. Source: the number type of
//! <https://developer.hashicorp.com/terraform/language/expressions/types> and its behaviour in `terraform console`.

use std::cmp::Ordering;
use std::fmt;

use dashu_float::round::mode::HalfEven;
use dashu_float::{Context, FBig, Repr};
use dashu_int::ops::BitTest;
use dashu_int::{IBig, UBig};

/// Bits of a number that is written out or parsed.
const WRITTEN: usize = 512;
/// Powers of ten beyond this are refused, so that no text of ten bytes takes a gigabyte.
const MAXIMUM_EXPONENT: i64 = 20_000;

/// A number with its precision in bits. Cheap to clone up to 128 bits, and small beyond.
#[derive(Clone, Debug)]
pub struct Number {
    repr: Repr<2>,
    precision: usize,
    /// Zero with a sign, which shows where it is printed.
    minus_zero: bool,
}

impl Number {
    /// A machine integer, 64 bits.
    pub fn integer(value: i64) -> Self {
        Self::rounded(Repr::new(IBig::from(value), 0), 64)
    }

    /// A length or an index.
    pub fn length(value: usize) -> Self {
        Self::integer(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// A double, 53 bits. None for what is no number.
    pub fn double(value: f64) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        let repr = if value.is_infinite() {
            infinite(value > 0.0)
        } else {
            Repr::try_from(value).ok()?
        };
        Some(Self {
            repr,
            precision: 53,
            minus_zero: value == 0.0 && value.is_sign_negative(),
        })
    }

    /// Any integer, with as many bits as it takes and at least 64.
    pub fn big(value: IBig) -> Self {
        let precision = value.bit_len().max(64);
        Self::exact(Repr::new(value, 0), precision)
    }

    /// Reads a decimal number as the language writes it: `12`, `-1.5`, `1e3`. No sign but a leading one, no blanks, no `0x`.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if digits == "Inf" || digits == "inf" {
            return Some(Self::exact(infinite(!negative), WRITTEN));
        }
        let (mantissa, exponent) = match digits.find(['e', 'E']) {
            Some(at) => (&digits[..at], digits[at + 1..].parse::<i64>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) || all.len() > 100_000 {
            return None;
        }
        let exponent = exponent.checked_sub(fraction.len() as i64)?;
        if exponent.abs() > MAXIMUM_EXPONENT {
            return None;
        }
        let magnitude = IBig::from(UBig::from_str_radix(&all, 10).ok()?);
        let signed = if negative { -magnitude } else { magnitude };
        let mut made = Self::scaled(signed, exponent);
        made.minus_zero = negative && made.is_zero();
        Some(made)
    }

    fn exact(repr: Repr<2>, precision: usize) -> Self {
        Self {
            repr,
            precision,
            minus_zero: false,
        }
    }

    /// `digits * 10^exponent`, rounded to the precision of written numbers.
    fn scaled(digits: IBig, exponent: i64) -> Self {
        let ten = UBig::from(10u8).pow(exponent.unsigned_abs() as usize);
        if exponent >= 0 {
            return Self::rounded(Repr::new(digits * IBig::from(ten), 0), WRITTEN);
        }
        let (digits, ten) = (Repr::new(digits, 0), Repr::new(IBig::from(ten), 0));
        Self::exact(quotient(&digits, &ten, WRITTEN), WRITTEN)
    }

    fn rounded(repr: Repr<2>, precision: usize) -> Self {
        let repr = if repr.is_infinite() {
            repr
        } else {
            round(repr, precision)
        };
        Self::exact(repr, precision)
    }

    /// The same number with another precision; digits beyond it are rounded.
    #[must_use]
    pub fn with_precision(self, precision: usize) -> Self {
        Self::rounded(self.repr, precision)
    }

    /// Positive or negative infinity.
    pub fn is_infinite(&self) -> bool {
        self.repr.is_infinite()
    }

    /// Zero, of either sign.
    pub fn is_zero(&self) -> bool {
        !self.repr.is_infinite() && self.repr.significand().is_zero()
    }

    /// Below zero, or a zero with a minus.
    fn has_minus(&self) -> bool {
        self.minus_zero || self.is_negative()
    }

    /// Below zero.
    pub fn is_negative(&self) -> bool {
        !self.is_zero() && self.repr.sign() == dashu_int::Sign::Negative
    }

    /// Whether it has no fraction.
    pub fn is_integer(&self) -> bool {
        self.repr.is_finite() && self.repr.is_int()
    }

    /// The number without its fraction, where it is finite.
    pub fn truncated(&self) -> Option<IBig> {
        if self.is_infinite() {
            return None;
        }
        let (significand, exponent) = (self.repr.significand(), self.repr.exponent());
        Some(if exponent >= 0 {
            significand.clone() << exponent.unsigned_abs()
        } else {
            let (sign, magnitude) = significand.clone().into_parts();
            IBig::from_parts(sign, magnitude >> exponent.unsigned_abs())
        })
    }

    /// As a machine integer, where it is one.
    pub fn as_i64(&self) -> Option<i64> {
        if !self.is_integer() {
            return None;
        }
        i64::try_from(self.truncated()?).ok()
    }

    /// As an index or a length, where it is one.
    pub fn as_usize(&self) -> Option<usize> {
        usize::try_from(self.as_i64()?).ok()
    }

    /// The nearest double.
    pub fn as_f64(&self) -> f64 {
        if self.is_infinite() {
            return if self.is_negative() {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            };
        }
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// `-self`
    #[must_use]
    pub fn negated(&self) -> Self {
        if self.is_infinite() {
            return Self::exact(infinite(self.is_negative()), self.precision);
        }
        let repr = Repr::new(-self.repr.significand().clone(), self.repr.exponent());
        Self {
            repr,
            precision: self.precision,
            minus_zero: self.is_zero() && !self.minus_zero,
        }
    }

    /// The distance from zero.
    #[must_use]
    pub fn absolute(&self) -> Self {
        if self.has_minus() {
            self.negated()
        } else {
            self.clone()
        }
    }

    /// `self + other`; none for infinities of different sign.
    pub fn add(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        let repr = match (self.is_infinite(), other.is_infinite()) {
            (true, true) if self.is_negative() != other.is_negative() => return None,
            (true, _) => self.repr.clone(),
            (_, true) => other.repr.clone(),
            _ => sum(&self.repr, &other.repr),
        };
        let mut made = Self::rounded(repr, precision);
        made.minus_zero = self.minus_zero && other.minus_zero;
        Some(made)
    }

    /// `self - other`; none for infinities of the same sign.
    pub fn subtract(&self, other: &Self) -> Option<Self> {
        self.add(&other.negated())
    }

    /// `self * other`; none for zero times infinity. Keeps as many bits as the product needs, up to 512.
    pub fn multiply(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        if self.is_infinite() || other.is_infinite() {
            if self.is_zero() || other.is_zero() {
                return None;
            }
            let repr = infinite(self.is_negative() == other.is_negative());
            return Some(Self::exact(repr, precision));
        }
        let product = Repr::new(
            self.repr.significand() * other.repr.significand(),
            self.repr.exponent() + other.repr.exponent(),
        );
        let product = round(product, WRITTEN);
        let precision = precision.max(bits(&product));
        let mut made = Self::exact(product, precision);
        made.minus_zero = made.is_zero() && self.has_minus() != other.has_minus();
        Some(made)
    }

    /// `self / other`; none for zero by zero and infinity by infinity. A number by zero is infinite.
    pub fn divide(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        if (self.is_zero() && other.is_zero()) || (self.is_infinite() && other.is_infinite()) {
            return None;
        }
        let repr = if self.is_infinite() || other.is_zero() {
            infinite(self.has_minus() == other.has_minus())
        } else if other.is_infinite() {
            Repr::new(IBig::ZERO, 0)
        } else {
            quotient(&self.repr, &other.repr, precision)
        };
        let mut made = Self::exact(repr, precision);
        made.minus_zero = made.is_zero() && self.has_minus() != other.has_minus();
        Some(made)
    }

    /// The remainder with the sign of `self`; `self` where `other` is zero.
    pub fn modulo(&self, other: &Self) -> Option<Self> {
        if self.is_infinite() || other.is_infinite() {
            return self.multiply(other);
        }
        if other.is_zero() {
            return Some(self.clone());
        }
        let whole = self.divide(other)?.truncated()?;
        let whole = Self::rounded(Repr::new(whole, 0), self.precision);
        let precision = whole.precision.max(other.precision);
        let product = Repr::new(
            whole.repr.significand() * other.repr.significand(),
            whole.repr.exponent() + other.repr.exponent(),
        );
        Self::rounded(product, precision).negated().add(self)
    }

    /// The bits that tell this number apart from its neighbors.
    pub fn precision(&self) -> usize {
        self.precision
    }

    /// Significant decimal digits and the position of the point, rounded half to even to `count` digits: `0.d1d2… * 10^point`.
    pub fn significant_digits(&self, count: usize) -> (String, i64) {
        let (digits, point) = exact_decimal(&self.repr);
        round_digits(&digits, point, count)
    }

    /// The decimal digits of the whole number, and the position of the point: `0.d1d2… * 10^point`. The sign is not among them.
    pub fn exact_digits(&self) -> (String, i64) {
        exact_decimal(&self.repr)
    }
}

fn infinite(positive: bool) -> Repr<2> {
    if positive {
        Repr::infinity()
    } else {
        Repr::neg_infinity()
    }
}

/// Bits of the significand; zero has none.
fn bits(repr: &Repr<2>) -> usize {
    if repr.is_infinite() || repr.significand().is_zero() {
        0
    } else {
        repr.digits()
    }
}

fn sum(a: &Repr<2>, b: &Repr<2>) -> Repr<2> {
    let exponent = a.exponent().min(b.exponent());
    let shifted =
        |repr: &Repr<2>| repr.significand().clone() << (repr.exponent() - exponent).unsigned_abs();
    Repr::new(shifted(a) + shifted(b), exponent)
}

/// Rounds half to even to so many bits.
fn round(repr: Repr<2>, precision: usize) -> Repr<2> {
    if bits(&repr) <= precision {
        return repr;
    }
    let context = Context::<HalfEven>::new(0);
    FBig::<HalfEven, 2>::from_repr(repr, context)
        .with_precision(precision)
        .value()
        .into_repr()
}

/// Divides with one rounding: enough bits are computed, and one more tells whether a rest was left.
fn quotient(a: &Repr<2>, b: &Repr<2>, precision: usize) -> Repr<2> {
    let shift = (precision + 2 + bits(b)).saturating_sub(bits(a));
    let (sign_a, numerator) = (a.significand().clone() << shift).into_parts();
    let (sign_b, denominator) = b.significand().clone().into_parts();
    let (whole, rest) = (&numerator / &denominator, &numerator % &denominator);
    let sticky = (whole << 1usize) + UBig::from(u8::from(!rest.is_zero()));
    let exponent = a.exponent() - b.exponent() - shift as isize - 1;
    round(
        Repr::new(IBig::from_parts(sign_a * sign_b, sticky), exponent),
        precision,
    )
}

/// All decimal digits of a finite binary number without its sign, and the position of the point.
fn exact_decimal(repr: &Repr<2>) -> (String, i64) {
    let (_, magnitude) = repr.significand().clone().into_parts();
    if magnitude.is_zero() {
        return (String::new(), 0);
    }
    decimal_of(magnitude, repr.exponent())
}

/// `magnitude * 2^exponent` in decimal.
fn decimal_of(magnitude: UBig, exponent: isize) -> (String, i64) {
    let power = exponent.unsigned_abs();
    let (digits, scale) = if exponent >= 0 {
        ((magnitude << power).to_string(), 0)
    } else {
        (
            (magnitude * UBig::from(5u8).pow(power)).to_string(),
            power as i64,
        )
    };
    let point = digits.len() as i64 - scale;
    (digits.trim_end_matches('0').to_owned(), point)
}

fn round_digits(digits: &str, point: i64, count: usize) -> (String, i64) {
    if digits.len() <= count {
        return (digits.to_owned(), point);
    }
    let (kept, cut) = digits.split_at(count);
    let odd = kept.as_bytes().last().is_some_and(|digit| digit % 2 == 1);
    let up = match cut.as_bytes()[0].cmp(&b'5') {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => cut.len() > 1 || odd,
    };
    if up {
        round_up(kept, point)
    } else {
        (kept.trim_end_matches('0').to_owned(), point)
    }
}

/// Adds one to the last of the digits.
fn round_up(kept: &str, point: i64) -> (String, i64) {
    let trimmed = kept.trim_end_matches('9');
    match trimmed.as_bytes().last() {
        None => ("1".to_owned(), point + 1),
        Some(last) => {
            let mut digits = trimmed[..trimmed.len() - 1].to_owned();
            digits.push(char::from(last + 1));
            (digits, point)
        }
    }
}

/// The shortest digits that read back to the number at its precision.
fn shortest(number: &Number) -> (String, i64) {
    let (_, magnitude) = number.repr.significand().clone().into_parts();
    let width = bits(&number.repr);
    let padding = number.precision.saturating_sub(width);
    let mantissa = magnitude << padding;
    let exponent = number.repr.exponent() - padding as isize;
    let (digits, point) = decimal_of(mantissa.clone(), exponent);
    let inclusive = &mantissa % UBig::from(2u8) == UBig::ZERO;
    let doubled = &mantissa << 1usize;
    let lower = decimal_of(&doubled - UBig::ONE, exponent - 1);
    let upper = decimal_of(doubled + UBig::ONE, exponent - 1);
    for count in 1..digits.len() {
        let down = (digits[..count].trim_end_matches('0').to_owned(), point);
        let up = round_up(&digits[..count], point);
        let down_fits = fits(compare(&down, &lower).reverse(), inclusive);
        let up_fits = fits(compare(&up, &upper), inclusive);
        match (down_fits, up_fits) {
            (true, true) => return round_digits(&digits, point, count),
            (true, false) => return down,
            (false, true) => return up,
            (false, false) => {}
        }
    }
    (digits, point)
}

fn fits(order: Ordering, inclusive: bool) -> bool {
    order == Ordering::Less || (inclusive && order == Ordering::Equal)
}

fn compare(a: &(String, i64), b: &(String, i64)) -> Ordering {
    a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0))
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.repr.cmp(&other.repr)
    }
}

impl fmt::Display for Number {
    /// As Terraform prints it: no exponent, no superfluous digit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_minus() {
            f.write_str("-")?;
        }
        if self.is_infinite() {
            return f.write_str(if self.is_negative() { "Inf" } else { "+Inf" });
        }
        if self.is_zero() {
            return f.write_str("0");
        }
        let (digits, point) = shortest(self);
        f.write_str(&positional(&digits, point))
    }
}

/// Digits with their point, zeros filled in.
pub(super) fn positional(digits: &str, point: i64) -> String {
    let count = digits.len() as i64;
    if point <= 0 {
        format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else if point >= count {
        format!("{digits}{}", "0".repeat((point - count) as usize))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{whole}.{fraction}")
    }
}
