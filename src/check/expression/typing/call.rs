//! Operators and functions.

use cel::common::ast::CallExpr;

use super::*;
use crate::check::expression::function::{self, FUNCTIONS, Form, Function, Parameter, Returns};

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &CallExpr, scope: &Scope) -> Typed {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, [a, b]) => self.connective(a, b, scope, true, "`&&`"),
            (operators::LOGICAL_OR, [a, b]) => self.connective(a, b, scope, false, "`||`"),
            (operators::LOGICAL_NOT, [a]) => {
                self.condition(a, scope, "`!`");
                plain(Type::Bool)
            }
            (operators::CONDITIONAL, [test, yes, no]) => self.ternary(test, yes, no, scope),
            (operators::EQUALS, [a, b]) => self.equality(a, b, "==", scope),
            (operators::NOT_EQUALS, [a, b]) => self.equality(a, b, "!=", scope),
            (operators::LESS, [a, b]) => self.order(a, b, "<", scope),
            (operators::LESS_EQUALS, [a, b]) => self.order(a, b, "<=", scope),
            (operators::GREATER, [a, b]) => self.order(a, b, ">", scope),
            (operators::GREATER_EQUALS, [a, b]) => self.order(a, b, ">=", scope),
            (operators::IN, [a, b]) => self.membership(a, b, scope),
            (operators::INDEX, [list, index]) => self.index(list, index, scope),
            (operators::ADD, [a, b]) => self.arithmetic(a, b, "+", scope),
            (operators::SUBSTRACT, [a, b]) => self.arithmetic(a, b, "-", scope),
            (operators::MULTIPLY, [a, b]) => self.arithmetic(a, b, "*", scope),
            (operators::DIVIDE, [a, b]) => self.arithmetic(a, b, "/", scope),
            (operators::MODULO, [a, b]) => self.arithmetic(a, b, "%", scope),
            (operators::NEGATE, [a]) => self.present(a, scope, "`-`"),
            (name, _) => self.function(name, call, scope),
        }
    }

    fn connective(&mut self, a: &IdedExpr, b: &IdedExpr, scope: &Scope, when: bool, word: &str) -> Typed {
        self.condition(a, scope, word);
        self.condition(b, &scope.with(guard::guards(a, when)), word);
        plain(Type::Bool)
    }

    fn ternary(&mut self, test: &IdedExpr, yes: &IdedExpr, no: &IdedExpr, scope: &Scope) -> Typed {
        self.condition(test, scope, "what stands before `?`");
        let yes = self.infer(yes, &scope.with(guard::guards(test, true)));
        let no = self.infer(no, &scope.with(guard::guards(test, false)));
        self.unify(yes, no, &["?"], "both sides of `? :`")
    }

    /// An operand that may not be null.
    fn present(&mut self, expr: &IdedExpr, scope: &Scope, used: &str) -> Typed {
        let typed = self.infer(expr, scope);
        if !typed.nullable {
            return typed;
        }
        let path = ast::path(expr);
        let (message, hint) = null_fault(path.as_deref(), &typed, used);
        self.fault(&token::words(path.as_deref().unwrap_or_default()), message, Some(hint))
    }

    /// The words by which an operator between two operands is found again in the text.
    fn operator_words(a: &IdedExpr, word: &'static str) -> (String, &'static str) {
        (ast::path(a).unwrap_or_default(), word)
    }

    fn operator_fault(&mut self, a: &IdedExpr, word: &'static str, message: String, hint: Option<String>) -> Typed {
        let (path, word) = Self::operator_words(a, word);
        let mut words = if path.is_empty() { Vec::new() } else { token::words(&path) };
        words.push(word);
        if token::find(self.source, &words).is_none() {
            words = vec![word];
        }
        self.fault(&words, message, hint)
    }

    fn equality(&mut self, a: &IdedExpr, b: &IdedExpr, word: &'static str, scope: &Scope) -> Typed {
        let (left, right) = (self.infer(a, scope), self.infer(b, scope));
        let compound = |kind: &Type| matches!(kind, Type::Object(_) | Type::List(_));
        let null = matches!(left.kind, Type::Null) || matches!(right.kind, Type::Null);
        let root = [a, b].into_iter().filter_map(ast::path).find(|path| ROOTS.contains(&path.as_str()));
        if let (true, Some(root)) = (null, root) {
            return self.operator_fault(a, word, format!("`{root}` itself is never null"), None);
        }
        if !null && (compound(&left.kind) || compound(&right.kind)) {
            let hint = "compare their fields, or `size(…)` of lists".to_owned();
            return self.operator_fault(a, word, "lists and objects cannot be compared".into(), Some(hint));
        }
        if !same(&left.kind, &right.kind) {
            let message = format!("{} is never equal to {}", article(&left.kind), article(&right.kind));
            let hint = matches!((&left.kind, &right.kind), (Type::Bool, Type::Text(_)) | (Type::Text(_), Type::Bool));
            let hint = hint.then(|| "write `true` and `false` without quotation marks".to_owned());
            return self.operator_fault(a, word, message, hint);
        }
        plain(Type::Bool)
    }

    fn order(&mut self, a: &IdedExpr, b: &IdedExpr, word: &'static str, scope: &Scope) -> Typed {
        let used = format!("`{word}`");
        let (left, right) = (self.present(a, scope, &used), self.present(b, scope, &used));
        let comparable = |kind: &Type| matches!(kind, Type::Int | Type::Float | Type::Any);
        if !comparable(&left.kind) || !comparable(&right.kind) {
            let hint = matches!(left.kind, Type::Text(_)) && matches!(right.kind, Type::Text(_));
            let hint =
                hint.then(|| "compare versions with `version_below(a, b)` or `version_at_least(a, b)`".to_owned());
            return self.operator_fault(a, word, format!("`{word}` compares numbers only"), hint);
        }
        plain(Type::Bool)
    }

    fn membership(&mut self, a: &IdedExpr, b: &IdedExpr, scope: &Scope) -> Typed {
        let element = self.infer(a, scope);
        let list = self.present(b, scope, "`in`");
        match &list.kind {
            Type::Any => {}
            Type::List(inner) if same(&inner.kind, &element.kind) => {}
            Type::List(inner) => {
                let message = format!("{} is never in a list of {}", article(&element.kind), article(&inner.kind));
                self.operator_fault(a, "in", message, None);
            }
            Type::Text(_) => {
                let hint = "write `text.contains(part)`".to_owned();
                self.operator_fault(a, "in", "`in` looks into lists, not into text".into(), Some(hint));
            }
            other => {
                let message = format!("`in` looks into lists; this is {}", article(other));
                self.operator_fault(a, "in", message, None);
            }
        }
        plain(Type::Bool)
    }

    fn index(&mut self, list: &IdedExpr, index: &IdedExpr, scope: &Scope) -> Typed {
        let typed = self.present(list, scope, "`[…]`");
        let path = ast::path(list).unwrap_or_default();
        let mut words = if path.is_empty() { Vec::new() } else { token::words(&path) };
        words.push("[");
        let element = match &typed.kind {
            Type::List(element) => (**element).clone(),
            Type::Any => return typed,
            other => return self.fault(&words, format!("only lists have elements; this is {}", article(other)), None),
        };
        if ast::integer(index) != Some(0) {
            return self.fault(&words, "only the first element, `[0]`, can be named", Some("use `for_each`".into()));
        }
        if !scope.guards.contains(&guard::filled(&path)) {
            let hint = format!("ask first: `size({path}) > 0 && …`");
            return self.fault(&words, format!("`{path}` can be empty, and then `[0]` fails"), Some(hint));
        }
        element
    }

    fn arithmetic(&mut self, a: &IdedExpr, b: &IdedExpr, word: &'static str, scope: &Scope) -> Typed {
        let used = format!("`{word}`");
        let (left, right) = (self.present(a, scope, &used), self.present(b, scope, &used));
        match (&left.kind, &right.kind) {
            (Type::Any, _) | (_, Type::Any) => plain(Type::Any),
            (Type::Int, Type::Int) => plain(Type::Int),
            (Type::Float, Type::Float) => plain(Type::Float),
            (Type::Text(a), Type::Text(b)) if word == "+" => plain(Type::Text(*a.max(b))),
            (Type::List(_), Type::List(_)) if word == "+" => self.unify(left, right, &[word], "lists that are joined"),
            (left, right) => {
                let message = format!("`{word}` cannot join {} and {}", article(left), article(right));
                let text = matches!(left, Type::Text(_)) || matches!(right, Type::Text(_));
                let hint = (text && word == "+").then(|| "make text of it with `string(…)`".to_owned());
                self.operator_fault(a, word, message, hint)
            }
        }
    }

    fn function(&mut self, name: &str, call: &CallExpr, scope: &Scope) -> Typed {
        let Some(function) = function::find(name) else {
            return self.unknown_function(name);
        };
        let method = call.target.is_some();
        if (method && function.form == Form::Function) || (!method && function.form == Form::Method) {
            let right = if method { format!("`{name}(…)`") } else { format!("`text.{name}(…)`") };
            return self.fault(&[name, "("], format!("`{name}` is written {right}"), None);
        }
        let args: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        if args.len() != function.parameters.len() {
            let message = format!("`{name}` takes {}, not {}", count(function.parameters.len()), args.len());
            return self.fault(&[name, "("], message, Some(format!("for example: `{}`", function.example)));
        }
        let mut strongest = Sensitivity::Public;
        for (arg, parameter) in args.into_iter().zip(function.parameters) {
            strongest = strongest.max(self.argument(function, arg, *parameter, scope));
        }
        plain(match function.returns {
            Returns::Bool => Type::Bool,
            Returns::Int => Type::Int,
            Returns::PublicText => Type::Text(Sensitivity::Public),
            Returns::SameText => Type::Text(strongest),
        })
    }

    fn unknown_function(&mut self, name: &str) -> Typed {
        let macros = ["all", "exists", "exists_one", "filter", "map"];
        let hint = match name {
            "matches" => Some("write `text.re_match(\"pattern\")`".to_owned()),
            _ if macros.contains(&name) => {
                let message = format!("`{name}` takes a name and an expression");
                return self.fault(&[name, "("], message, Some(format!("for example: `list.{name}(x, x.field)`")));
            }
            _ => did_you_mean(name, FUNCTIONS.iter().map(|function| function.name).chain(macros)),
        };
        self.fault(&[name], format!("there is no function `{name}`"), hint)
    }

    /// Checks one argument; gives its sensitivity.
    fn argument(&mut self, function: &Function, arg: &IdedExpr, parameter: Parameter, scope: &Scope) -> Sensitivity {
        let typed = match parameter {
            Parameter::MaybeText => self.infer(arg, scope),
            _ => self.present(arg, scope, &format!("`{}`", function.name)),
        };
        if parameter == Parameter::Pattern {
            self.pattern(function.name, arg);
        }
        let element = match &typed.kind {
            Type::List(element) => Some(&element.kind),
            _ => None,
        };
        let texts = element.is_some_and(|element| matches!(element, Type::Text(_) | Type::Any));
        let fits = match (parameter, &typed.kind) {
            (_, Type::Any) => true,
            (Parameter::Text | Parameter::Pattern, kind) => matches!(kind, Type::Text(_)),
            (Parameter::MaybeText, kind) => matches!(kind, Type::Text(_) | Type::Null),
            (Parameter::Int, kind) => matches!(kind, Type::Int),
            (Parameter::Texts, _) => texts,
            (Parameter::Sized, kind) => matches!(kind, Type::Text(_) | Type::List(_)),
            (Parameter::Scalar, kind) => matches!(kind, Type::Text(_) | Type::Int | Type::Bool),
        };
        if !fits {
            let message = format!("`{}` cannot take {}", function.name, article(&typed.kind));
            self.fault(&[function.name], message, Some(format!("for example: `{}`", function.example)));
        }
        match (&typed.kind, element) {
            (Type::Text(sensitivity), _) | (_, Some(Type::Text(sensitivity))) => *sensitivity,
            (Type::Any, _) | (_, Some(Type::Any)) => Sensitivity::Text,
            _ => Sensitivity::Public,
        }
    }

    fn pattern(&mut self, name: &str, arg: &IdedExpr) {
        match ast::text(arg) {
            None => {
                self.fault(&[name], format!("the pattern of `{name}` must be written as a literal text"), None);
            }
            Some(pattern) => {
                if let Err(error) = function::compiled(pattern) {
                    self.fault(&[name], format!("the pattern \"{pattern}\" is no regular expression: {error}"), None);
                }
            }
        }
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 argument".into() } else { format!("{number} arguments") }
}
