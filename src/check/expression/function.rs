//! The functions of the expression language: one table for the type checker, the evaluation and the documentation.

use std::collections::HashMap;
use std::sync::{OnceLock, PoisonError, RwLock};

use cel::common::types::{
    CelBool, CelInt, CelList, CelNull, CelString, DYN_TYPE, INT_TYPE, LIST_TYPE, STRING_TYPE, Type,
};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError};
use regex::Regex;

/// What a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// Text.
    Text,
    /// Text that can be null.
    MaybeText,
    /// A regular expression, written as a literal.
    Pattern,
    /// An integer.
    Int,
    /// A list of texts.
    Texts,
    /// Text or a list.
    Sized,
    /// Text, an integer or a bool.
    Scalar,
}

/// What a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// `true` or `false`.
    Bool,
    /// An integer.
    Int,
    /// Text of our own making, free of anything sensitive.
    PublicText,
    /// Text as sensitive as the most sensitive argument.
    SameText,
}

/// How a function may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `f(a, b)`
    Function,
    /// `a.f(b)`
    Method,
    /// Either.
    Both,
}

/// One function.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it takes; the first is what stands before the dot of a method.
    pub parameters: &'static [Parameter],
    /// What it gives.
    pub returns: Returns,
    /// How it is written.
    pub form: Form,
    /// An example with its result.
    pub example: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// `None`: CEL's own.
    run: Option<cel::common::functions::Function>,
}

macro_rules! functions {
    ($($form:ident $name:literal ($($parameter:ident),*) -> $returns:ident, $run:expr, $example:literal, $text:literal;)*) => {
        /// All functions, apart from the list macros `all`, `exists`, `exists_one`, `filter` and `map`.
        pub static FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            parameters: &[$(Parameter::$parameter),*],
            returns: Returns::$returns,
            form: Form::$form,
            example: $example,
            description: $text,
            run: $run,
        }),*];
    };
}

functions! {
    Both "size"(Sized) -> Int, None,
        "size(target.ssh.identities) > 0", "Number of elements of a list or of characters of a text.";
    Function "either"(MaybeText, Text) -> SameText, Some(either),
        "either(null, \"REMOTE\") == \"REMOTE\"", "The first text, or the second where the first is null.";
    Function "string"(Scalar) -> SameText, None,
        "string(target.port) + \"/tcp\"", "A number or a bool as text, to join it with `+`.";
    Method "contains"(Text, Text) -> Bool, None,
        "\"abc\".contains(\"b\")", "Whether a text holds another one.";
    Method "startsWith"(Text, Text) -> Bool, None,
        "\"abc\".startsWith(\"a\")", "Whether a text starts with another one.";
    Method "endsWith"(Text, Text) -> Bool, None,
        "\"abc\".endsWith(\"c\")", "Whether a text ends with another one.";
    Function "version_at_least"(Text, Text) -> Bool, Some(version_at_least),
        "version_at_least(\"2.10\", \"2.9.1\")",
        "Compares version numbers part by part; missing parts count as 0.";
    Function "version_below"(Text, Text) -> Bool, Some(version_below),
        "version_below(\"1.7.4\", \"1.7.38\")", "The opposite of `version_at_least`.";
    Both "re_match"(Text, Pattern) -> Bool, Some(re_match),
        "\"APKAEXAMPLE\".re_match(\"^APKA[0-9A-Z]+$\")",
        "Whether a regular expression (a literal) matches somewhere in a text. `matches` is not available.";
    Both "lower"(Text) -> SameText, Some(lower),
        "lower(\"ABC\") == \"abc\"", "The text in lower case.";
    Both "upper"(Text) -> SameText, Some(upper),
        "upper(\"abc\") == \"ABC\"", "The text in upper case.";
    Both "trim"(Text) -> SameText, Some(trim),
        "trim(\" a \") == \"a\"", "The text without blanks at either end.";
    Both "replace"(Text, Text, Text) -> SameText, Some(replace),
        "replace(\"a-b\", \"-\", \"_\") == \"a_b\"", "Puts the third text in place of every occurrence of the second.";
    Both "join"(Texts, Text) -> SameText, Some(join),
        "join([\"a\", \"b\"], \", \") == \"a, b\"", "The texts of a list with another text between them.";
    Both "quote"(Text) -> SameText, Some(quote),
        "quote(\"a b\") == \"'a b'\"", "The text as one word of a POSIX shell.";
    Both "basename"(Text) -> SameText, Some(basename),
        "basename(\"/home/dev/.ssh/config\") == \"config\"", "What stands after the last slash (or backslash) of a path.";
    Both "dirname"(Text) -> SameText, Some(dirname),
        "dirname(\"/home/dev/.ssh/config\") == \"/home/dev/.ssh\"", "What stands before the last slash of a path.";
    Function "minutes"(Int) -> PublicText, Some(minutes),
        "minutes(200) == \"3 hours\"", "A number of minutes for people, rounded down to its largest unit.";
    Function "seconds"(Int) -> PublicText, Some(seconds),
        "seconds(90) == \"1 minute\"", "A number of seconds for people, rounded down to its largest unit.";
    Function "date"(Int) -> PublicText, Some(date),
        "date(0) == \"1970-01-01T00:00:00Z\"", "A time (seconds since 1970) as date and time in UTC.";
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// CEL's environment with all functions.
pub fn environment() -> std::sync::Arc<Env> {
    static ENVIRONMENT: OnceLock<std::sync::Arc<Env>> = OnceLock::new();
    let build = || {
        let mut env = Env::stdlib();
        for function in FUNCTIONS {
            declare(&mut env, function);
        }
        std::sync::Arc::new(env)
    };
    std::sync::Arc::clone(ENVIRONMENT.get_or_init(build))
}

/// Declares one function. A conflict with CEL's own is a mistake in the table, which a test finds.
fn declare(env: &mut Env, function: &Function) {
    let Some(run) = function.run else { return };
    let types = |parameters: &[Parameter]| -> Vec<Type> { parameters.iter().copied().map(cel_type).collect() };
    if function.form != Form::Method {
        let declared = env.add_overload(function.name, function.name, types(function.parameters), run);
        debug_assert!(declared.is_ok(), "{}", function.name);
    }
    if let (true, Some((target, rest))) = (function.form != Form::Function, function.parameters.split_first()) {
        let id = format!("{}_method", function.name);
        let declared = env.add_member_overload(function.name, &id, cel_type(*target), types(rest), run);
        debug_assert!(declared.is_ok(), "{}", function.name);
    }
}

fn cel_type(parameter: Parameter) -> Type {
    match parameter {
        Parameter::Text | Parameter::Pattern => STRING_TYPE,
        Parameter::Int => INT_TYPE,
        Parameter::Texts => LIST_TYPE,
        Parameter::Sized | Parameter::Scalar | Parameter::MaybeText => DYN_TYPE,
    }
}

type Args<'b, 'v> = Vec<CowVal<'b, 'v>>;
type Outcome<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

fn text<'a>(args: &'a Args<'_, '_>, index: usize) -> Result<&'a str, ExecutionError> {
    let value = args.get(index).and_then(|value| value.downcast_ref::<CelString>());
    value.map(CelString::inner).ok_or_else(|| wrong("text"))
}

fn int(args: &Args<'_, '_>, index: usize) -> Result<i64, ExecutionError> {
    let value = args.get(index).and_then(|value| value.downcast_ref::<CelInt>());
    value.map(|value| *value.inner()).ok_or_else(|| wrong("an integer"))
}

fn wrong(want: &str) -> ExecutionError {
    ExecutionError::UnexpectedType { got: "another type".into(), want: want.into() }
}

fn bool_value<'b, 'v>(value: bool) -> CowVal<'b, 'v> {
    CowVal::owned(CelBool::from(value))
}

fn text_value<'b, 'v>(value: String) -> CowVal<'b, 'v> {
    CowVal::owned(CelString::from(value))
}

fn either<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let null = args.first().is_some_and(|value| value.downcast_ref::<CelNull>().is_some());
    Ok(text_value(text(&args, usize::from(null))?.to_owned()))
}

fn version_at_least<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(bool_value(!is_below(text(&args, 0)?, text(&args, 1)?)))
}

fn version_below<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(bool_value(is_below(text(&args, 0)?, text(&args, 1)?)))
}

/// Whether version `a` comes before version `b`. What follows the digits of a part (`0-rc1`) is ignored.
fn is_below(a: &str, b: &str) -> bool {
    let parts = |version: &str| -> Vec<u64> {
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
        version.split('.').map(|part| digits(part).parse().unwrap_or(0)).collect()
    };
    let (a, b) = (parts(a), parts(b));
    let longest = a.len().max(b.len());
    let padded = |parts: Vec<u64>| parts.into_iter().chain(std::iter::repeat(0)).take(longest).collect::<Vec<_>>();
    padded(a) < padded(b)
}

fn re_match<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let regex = compiled(text(&args, 1)?).map_err(|error| ExecutionError::function_error("re_match", error))?;
    Ok(bool_value(regex.is_match(text(&args, 0)?)))
}

/// The compiled form of a pattern. Patterns are literals of definitions, so there are few of them.
pub(crate) fn compiled(pattern: &str) -> Result<Regex, String> {
    static CACHE: OnceLock<RwLock<HashMap<String, Regex>>> = OnceLock::new();
    let cache = CACHE.get_or_init(RwLock::default);
    if let Some(regex) = cache.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return Ok(regex.clone());
    }
    let regex = Regex::new(pattern).map_err(|error| last_line(&error.to_string()))?;
    cache.write().unwrap_or_else(PoisonError::into_inner).insert(pattern.to_owned(), regex.clone());
    Ok(regex)
}

/// The sentence at the end of the regex crate's message, which draws the pattern before it.
fn last_line(message: &str) -> String {
    message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn lower<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(text(&args, 0)?.to_lowercase()))
}

fn upper<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(text(&args, 0)?.to_uppercase()))
}

fn trim<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(text(&args, 0)?.trim().to_owned()))
}

fn replace<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(text(&args, 0)?.replace(text(&args, 1)?, text(&args, 2)?)))
}

fn join<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let list = args.first().and_then(|value| value.downcast_ref::<CelList>()).ok_or_else(|| wrong("a list"))?;
    let elements = list.inner().iter().map(|value| value.downcast_ref::<CelString>());
    let parts: Option<Vec<&str>> = elements.map(|text| text.map(CelString::inner)).collect();
    Ok(text_value(parts.ok_or_else(|| wrong("a list of texts"))?.join(text(&args, 1)?)))
}

fn quote<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let plain = text(&args, 0)?;
    // A NUL cannot stand in a command line at all.
    let quoted = shlex::try_quote(plain).map(std::borrow::Cow::into_owned);
    Ok(text_value(quoted.unwrap_or_else(|_| plain.replace('\0', ""))))
}

/// Splits a path at its last separator.
fn split_path(path: &str) -> (&str, &str) {
    path.rfind(['/', '\\']).map_or(("", path), |at| (&path[..at], &path[at + 1..]))
}

fn basename<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(split_path(text(&args, 0)?).1.to_owned()))
}

fn dirname<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(split_path(text(&args, 0)?).0.to_owned()))
}

fn minutes<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(duration(int(&args, 0)?.saturating_mul(60))))
}

fn seconds<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    Ok(text_value(duration(int(&args, 0)?)))
}

fn duration(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (size, name) = units.into_iter().find(|(size, _)| seconds.abs() >= *size).unwrap_or((1, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

fn date<'b, 'v>(args: Args<'b, 'v>) -> Outcome<'b, 'v> {
    let time = int(&args, 0)?;
    // A time beyond the calendar is shown as the number that it is.
    Ok(text_value(jiff::Timestamp::from_second(time).map_or_else(|_| time.to_string(), |time| time.to_string())))
}

#[cfg(test)]
mod tests {
    use cel::{Context, Value};

    use super::*;
    use crate::check::expression::parse;

    fn evaluate(source: &str) -> Value {
        let tree = parse(source).expect("parses");
        let context = Context::with_env(environment());
        Value::resolve(&tree, &context).unwrap_or_else(|error| panic!("{source}: {error}"))
    }

    #[test]
    fn the_examples_of_the_table_hold() {
        for function in FUNCTIONS.iter().filter(|f| !f.example.contains("target.")) {
            assert_eq!(evaluate(function.example), Value::Bool(true), "{}", function.example);
        }
    }

    #[test]
    fn methods_are_functions_too() {
        for source in ["\"A\".lower() == \"a\"", "[\"a\"].join(\"-\") == \"a\"", "re_match(\"abc\", \"b\")"] {
            assert_eq!(evaluate(source), Value::Bool(true), "{source}");
        }
    }

    #[test]
    fn versions_are_compared_by_number() {
        for (a, b, below) in [
            ("1.7.38", "1.7.38", false),
            ("1.7.4", "1.7.38", true),
            ("2", "1.7.38", false),
            ("1.7", "1.7.0", false),
            ("2.11.0.3", "2.11.0", false),
            ("2.54.0-rc1", "2.54.0", false),
            ("", "0.1", true),
        ] {
            assert_eq!(is_below(a, b), below, "{a} {b}");
        }
    }

    #[test]
    fn durations_are_rounded_down() {
        let spans = [(0, "0 seconds"), (59, "59 seconds"), (60, "1 minute"), (7_199, "1 hour"), (200_000, "2 days")];
        for (span, text) in spans {
            assert_eq!(duration(span), text);
        }
    }

    #[test]
    fn odd_arguments_do_not_panic() {
        for source in
            ["date(9223372036854775807) != \"\"", "minutes(9223372036854775807) != \"\"", "quote(\"\\u0000\") == \"\""]
        {
            assert_eq!(evaluate(source), Value::Bool(true), "{source}");
        }
        assert_eq!(split_path("C:\\Users\\dev\\config.txt"), ("C:\\Users\\dev", "config.txt"));
        assert_eq!(split_path("config"), ("", "config"));
    }

    #[test]
    fn a_bad_pattern_says_why() {
        assert_eq!(compiled("(a").expect_err("is bad"), "unclosed group");
    }
}
