//! Dot cards.

use crate::diag::nearest;
use crate::diag::{Diagnostic, Span};
use crate::netlist::analysis::AnalysisCard;
use crate::netlist::ast::{
    Assignment, ControlKind, FunctionDefinition, Model, NodeValue, OptionSetting, Scope, Subckt,
    Value,
};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::dialect::{Dialect, is_without_effect};
use crate::netlist::expr::{Expr, ExprKind};
use crate::netlist::symbol::Symbol;

/// The dot cards. Several names may mean the same.
pub(super) const DIRECTIVES: [(&str, Keyword); 42] = [
    ("subckt", Keyword::Subckt),
    ("ends", Keyword::Ends),
    ("param", Keyword::Param),
    ("params", Keyword::Param),
    ("model", Keyword::Model),
    ("include", Keyword::Include),
    ("inc", Keyword::Include),
    ("options", Keyword::Options),
    ("option", Keyword::Options),
    ("opt", Keyword::Options),
    ("ic", Keyword::Ic),
    ("nodeset", Keyword::NodeSet),
    ("op", Keyword::Op),
    ("tran", Keyword::Tran),
    ("dc", Keyword::Analysis(AnalysisCard::Dc)),
    ("ac", Keyword::Analysis(AnalysisCard::Ac)),
    ("noise", Keyword::Analysis(AnalysisCard::Noise)),
    ("tf", Keyword::Analysis(AnalysisCard::Transfer)),
    ("sens", Keyword::Analysis(AnalysisCard::Sensitivity)),
    ("pz", Keyword::Analysis(AnalysisCard::PolesZeros)),
    ("save", Keyword::Save),
    ("print", Keyword::Print),
    ("plot", Keyword::Print),
    ("probe", Keyword::Print),
    ("lib", Keyword::Lib),
    ("endl", Keyword::EndLib),
    ("global", Keyword::Global),
    ("func", Keyword::Func),
    ("if", Keyword::If),
    ("elseif", Keyword::ElseIf),
    ("else", Keyword::Else),
    ("endif", Keyword::EndIf),
    ("four", Keyword::Four),
    ("temp", Keyword::Temp),
    ("step", Keyword::Step),
    ("data", Keyword::Data),
    ("enddata", Keyword::EndData),
    ("measure", Keyword::Measure),
    ("meas", Keyword::Measure),
    ("end", Keyword::End),
    ("backanno", Keyword::BackAnnotation),
    ("control", Keyword::Script),
];

/// What a dot card is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keyword {
    Subckt,
    Ends,
    Param,
    Model,
    Include,
    Options,
    Ic,
    NodeSet,
    Op,
    Tran,
    Analysis(AnalysisCard),
    Save,
    /// `.print`, `.plot` and `.probe`, which keep what they name.
    Print,
    Measure,
    Lib,
    EndLib,
    Global,
    Func,
    If,
    ElseIf,
    Else,
    EndIf,
    Four,
    Temp,
    Step,
    Data,
    EndData,
    End,
    /// `.backanno`, which LTspice puts into every netlist for its drawings.
    BackAnnotation,
    /// `.control`, the beginning of an ngspice script.
    Script,
}

/// How the value of an option is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OptionForm {
    Value,
    /// One of [`METHODS`].
    Method,
}

/// The options of `.options`.
const OPTIONS: [(&str, OptionForm); 12] = [
    ("reltol", OptionForm::Value),
    ("abstol", OptionForm::Value),
    ("vntol", OptionForm::Value),
    ("chgtol", OptionForm::Value),
    ("gmin", OptionForm::Value),
    ("method", OptionForm::Method),
    ("maxord", OptionForm::Value),
    ("itl1", OptionForm::Value),
    ("itl4", OptionForm::Value),
    ("temp", OptionForm::Value),
    ("tnom", OptionForm::Value),
    ("trtol", OptionForm::Value),
];

/// The integration methods.
pub(super) const METHODS: [&str; 2] = ["trap", "gear"];

/// What a dot card is about, if that is known, and what it says.
pub(super) type Reading<'t> = (Option<Keyword>, Result<DotCard<'t>, Fault>);

/// A dot card that was read.
pub(super) enum DotCard<'t> {
    Subckt(Subckt),
    Ends(Option<(Symbol, Span)>),
    Param(Vec<Assignment>),
    Model(Model),
    Include(&'t str, Span),
    /// A file and the section of it that is meant, or the name of a section that begins.
    Lib(&'t str, Option<Word<'t>>, Span),
    EndLib,
    Global(Vec<Symbol>),
    Func(FunctionDefinition),
    /// `.if` and `.elseif` with their condition, `.else` without.
    If(Expr),
    ElseIf(Expr),
    Else,
    EndIf,
    Nothing,
    Control(ControlKind),
    End,
    Script,
}

impl<'t> Card<'_, 't> {
    /// The dot card that the card is, or its fault; and in both cases what it
    /// is about, if that is known.
    pub(super) fn dot_card(&mut self) -> Reading<'t> {
        let start = self.at();
        match self.directive() {
            Ok(keyword) => (Some(keyword), self.contents(keyword, start)),
            Err(fault) => (None, Err(fault)),
        }
    }

    pub(super) fn contents(
        &mut self,
        keyword: Keyword,
        start: usize,
    ) -> Result<DotCard<'t>, Fault> {
        let control = match keyword {
            Keyword::Subckt => return self.subckt(start).map(DotCard::Subckt),
            Keyword::Ends => return self.ends(),
            Keyword::Param => return self.params().map(DotCard::Param),
            Keyword::Model => return self.model(start).map(DotCard::Model),
            Keyword::Include => return self.include(),
            Keyword::Lib => return self.lib(),
            Keyword::EndLib => {
                self.word();
                return Ok(DotCard::EndLib);
            }
            Keyword::Global => return self.global().map(DotCard::Global),
            Keyword::Func => return self.function(start).map(DotCard::Func),
            Keyword::If => return self.condition().map(DotCard::If),
            Keyword::ElseIf => return self.condition().map(DotCard::ElseIf),
            Keyword::Else => return self.finish("`.else`").map(|()| DotCard::Else),
            Keyword::EndIf => return self.finish("`.endif`").map(|()| DotCard::EndIf),
            Keyword::BackAnnotation => return self.finish("the card").map(|()| DotCard::Nothing),
            Keyword::EndData => return self.finish("`.enddata`").map(|()| DotCard::Nothing),
            Keyword::End => return self.finish("`.end`").map(|()| DotCard::End),
            Keyword::Script => return Ok(DotCard::Script),
            Keyword::Op => ControlKind::Op,
            Keyword::Tran => self.tran()?,
            Keyword::Analysis(card) => self.analysis(card)?,
            Keyword::Save => ControlKind::Save(self.outputs()?),
            Keyword::Print => ControlKind::Save(self.printed()?),
            Keyword::Four => self.four()?,
            Keyword::Temp => ControlKind::Step(Box::new(self.temperatures()?)),
            Keyword::Step => ControlKind::Step(Box::new(self.step()?)),
            Keyword::Data => ControlKind::Data(Box::new(self.data()?)),
            Keyword::Measure => ControlKind::Measure(Box::new(self.measure()?)),
            Keyword::Ic => ControlKind::Ic(self.node_values()?),
            Keyword::NodeSet => ControlKind::NodeSet(self.node_values()?),
            Keyword::Options => ControlKind::Options(self.options()?),
        };
        self.finish("the card")?;
        Ok(DotCard::Control(control))
    }

    /// The dot and name that the card begins with.
    fn directive(&mut self) -> Result<Keyword, Fault> {
        let start = self.at();
        let word = self.word().unwrap_or(Word { text: ".", start });
        let name = word.text.get(1..).unwrap_or("").to_ascii_lowercase();
        if let Some(&(_, keyword)) = DIRECTIVES.iter().find(|&&(known, _)| known == name) {
            return Ok(keyword);
        }
        let message = format!("unknown dot card `{}`", shown(word.text));
        let fault = Diagnostic::error(self.word_span(word), message);
        let known = DIRECTIVES.iter().map(|&(known, _)| known);
        Err(Box::new(match nearest(&name, known) {
            Some(known) => fault.with_hint(format!("did you mean `.{known}`?")),
            None => fault.with_hint(
                "known are .subckt .ends .param .func .model .include .lib .global .if .options .temp .ic .nodeset .op .dc .tran .ac .noise .tf .sens .pz .step .data .save .print .four .measure .end",
            ),
        }))
    }

    /// `NAME ports... [params:] k=v ...`.
    fn subckt(&mut self, start: usize) -> Result<Subckt, Fault> {
        let Some(name) = self.peek_word() else {
            return self.expected("the subcircuit's name");
        };
        let (words, params) = self.words_and_assignments()?;
        if words.is_empty() {
            let message = "missing the subcircuit's name";
            return Err(Box::new(Diagnostic::error(self.word_span(name), message)));
        }
        let symbol = self.intern(name.text);
        let mut ports: Vec<Symbol> = Vec::with_capacity(words.len() - 1);
        let mut seen: std::collections::HashMap<Symbol, Span> = std::collections::HashMap::new();
        for word in &words[1..] {
            let port = self.intern(word.text);
            let span = self.word_span(*word);
            if let Some(first) = seen.insert(port, span) {
                let message = format!("port `{}` is listed twice", shown(word.text));
                let fault = Diagnostic::error(span, message);
                self.diagnostics.push(fault.with_related(first, "first listed here"));
            }
            ports.push(port);
        }
        let scope = Scope::default();
        Ok(Subckt { name: symbol, ports, params, scope, span: self.span(start) })
    }

    /// `[NAME]` of `.ends`.
    fn ends(&mut self) -> Result<DotCard<'t>, Fault> {
        let Some(name) = self.word() else { return Ok(DotCard::Ends(None)) };
        self.finish("the subcircuit's name")?;
        Ok(DotCard::Ends(Some((self.intern(name.text), self.word_span(name)))))
    }

    /// `k=v ...` of `.param`.
    fn params(&mut self) -> Result<Vec<Assignment>, Fault> {
        if self.peek().is_none() {
            return self.expected("`name=value`");
        }
        let mut list = Vec::new();
        while self.peek().is_some() {
            let Some(key) = self.word() else { return self.expected("a parameter name") };
            list.push(self.assignment(key, Self::bare_value)?);
        }
        Ok(list)
    }

    /// `NAME TYPE (k=v ...)`.
    fn tran(&mut self) -> Result<ControlKind, Fault> {
        let form = |fault: Fault| match fault.hint {
            Some(_) => fault,
            None => {
                Box::new(fault.with_hint("the card reads `.tran step stop [start [max]] [uic]`"))
            }
        };
        let mut step = self.value("the print step").map_err(form)?;
        let alone = self.peek().is_none() || self.peek_word().is_some_and(|w| w.text == "uic");
        let brief = !self.language.stated || self.language.dialect == Dialect::Ltspice;
        // LTspice's card may hold nothing but the stop time.
        let stop = match alone && brief {
            true => std::mem::replace(&mut step, Value::Number(0.0)),
            false => self.value("the stop time").map_err(form)?,
        };
        let mut uic = self.keyword("uic");
        let mut optional = [None, None];
        for value in &mut optional {
            if !uic && self.peek().is_some() {
                *value = Some(self.value("a time").map_err(form)?);
                uic = self.keyword("uic");
            }
        }
        self.finish("the times").map_err(form)?;
        let [start, max_step] = optional;
        Ok(ControlKind::Tran { step, stop, start, max_step, uic })
    }

    /// `v(a)=x ...`.
    fn node_values(&mut self) -> Result<Vec<NodeValue>, Fault> {
        let mut list = Vec::new();
        while self.peek().is_some() || list.is_empty() {
            let start = self.at();
            if !self.keyword("v") {
                return self.expected("`v(node)=value`");
            }
            let bracket = self.at();
            if !self.eat('(') {
                return self.expected("`(` and a node");
            }
            let open = self.span(bracket);
            let node = self.symbol("a node")?;
            self.close(open, ')')?;
            if !self.eat('=') {
                return self.expected("`=` and a value");
            }
            let value = self.value("a value")?;
            list.push((node, value, self.span(start)));
        }
        Ok(list)
    }

    fn options(&mut self) -> Result<Vec<OptionSetting>, Fault> {
        let mut list = Vec::new();
        let mut list_is_read = false;
        while self.peek().is_some() || (list.is_empty() && !list_is_read) {
            let Some(name) = self.word() else { return self.expected("`option=value`") };
            let lower = name.text.to_ascii_lowercase();
            let known = OPTIONS.iter().find(|&&(known, _)| known == lower);
            if known.is_none() && is_without_effect(self.language.dialect, &lower) {
                let message = format!("the option `{lower}` has no effect here");
                self.diagnostics.push(Diagnostic::warning(self.word_span(name), message));
                if self.eat('=') {
                    self.word();
                }
                list_is_read = true;
                continue;
            }
            let Some(&(_, form)) = known else { return self.unknown_option(name, &lower) };
            if !self.eat('=') {
                return self.expected(&format!("`=` after the option `{lower}`"));
            }
            let value = match form {
                OptionForm::Value => self.value(&format!("the value of `{lower}`"))?,
                OptionForm::Method => self.method()?,
            };
            list.push((self.intern(name.text), Some(value), self.span(name.start)));
        }
        Ok(list)
    }

    fn unknown_option<T>(&self, name: Word<'_>, lower: &str) -> Result<T, Fault> {
        let names = OPTIONS.iter().map(|&(name, _)| name);
        let message = format!("unknown option `{}`", shown(name.text));
        let fault = Diagnostic::error(self.word_span(name), message);
        Err(Box::new(match nearest(lower, names.clone()) {
            Some(known) => fault.with_hint(format!("did you mean `{known}`?")),
            None => fault.with_hint(format!("known are {}", names.collect::<Vec<_>>().join(", "))),
        }))
    }

    fn method(&mut self) -> Result<Value, Fault> {
        let what = "`trap` or `gear`";
        let Some(word) = self.word() else { return self.expected(what) };
        let span = self.word_span(word);
        let lower = word.text.to_ascii_lowercase();
        if !METHODS.contains(&lower.as_str()) {
            let message = format!("unknown integration method `{}`", shown(word.text));
            return Err(Box::new(
                Diagnostic::error(span, message).with_hint("write `trap` or `gear`"),
            ));
        }
        let kind = ExprKind::Name(self.symbols.intern(&lower));
        Ok(Value::Expr(Box::new(Expr { kind, span })))
    }
}
