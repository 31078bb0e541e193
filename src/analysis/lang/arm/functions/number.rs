//! Arithmetic on integers of 64 bits
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-numeric).

use palisade_model::{Kind, Number};

use super::arguments::{Arguments, Called, chosen, made};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "add" => calculate(arguments, i64::checked_add),
        "sub" => calculate(arguments, i64::checked_sub),
        "mul" => calculate(arguments, i64::checked_mul),
        "div" => calculate(arguments, i64::checked_div),
        "mod" => calculate(arguments, i64::checked_rem),
        "int" => int(arguments),
        "float" => float(arguments),
        _ => return None,
    })
}

fn calculate(arguments: &Arguments<'_>, operate: fn(i64, i64) -> Option<i64>) -> Called {
    arguments.count(2, 2)?;
    let result = operate(arguments.integer(0)?, arguments.integer(1)?);
    result
        .map(Into::into)
        .ok_or_else(|| arguments.wrong("divides by zero or leaves the range of 64 bits"))
}

fn int(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    match value.as_number() {
        Some(Number::Integer(_)) => chosen(value),
        Some(Number::Float(number)) => made(number as i64),
        None => made(arguments.integer(0)?),
    }
}

fn float(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    if let Some(number) = value.as_number() {
        return made(Kind::Number(number));
    }
    let number = arguments.text(0)?.trim().parse::<f64>();
    number
        .map(Into::into)
        .map_err(|_| arguments.wrong("takes a number written as text"))
}
