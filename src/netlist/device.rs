//! Cards of semiconductor devices, switches and coupled inductors.

use crate::netlist::ast::{Coupling, Device, ElementKind, Family, Line};
use crate::netlist::card::{Card, Fault, Word, shown};
use crate::netlist::symbol::Symbol;
use crate::units::parse_number;

/// The letters of devices with their form.
pub(super) const FORMS: [(char, &str); 8] = [
    ('d', "Dname anode cathode model [area] [off] [ic=v] [m=...] [temp=...]"),
    ('q', "Qname collector base emitter [substrate] model [area] [off] [ic=vbe,vce]"),
    ('j', "Jname drain gate source model [area] [off] [ic=vds,vgs]"),
    ('m', "Mname drain gate source bulk model [l=...] [w=...] [ad=...] [off] [ic=vds,vgs,vbs]"),
    ('s', "Sname n+ n- control+ control- model [on|off]"),
    ('w', "Wname n+ n- vsource model [on|off]"),
    (
        't',
        "Tname a+ a- b+ b- Z0=ohm TD=seconds [IC=va,ia,vb,ib]` or `... Z0=ohm F=hertz [NL=wavelengths]",
    ),
    ('k', "Kname inductor inductor ... factor"),
];

impl Family {
    /// The devices of a letter.
    pub(super) fn of(letter: char) -> Option<Self> {
        Some(match letter {
            'd' => Self::Diode,
            'q' => Self::Bipolar,
            'j' => Self::Jfet,
            'm' => Self::Mosfet,
            's' => Self::VoltageSwitch,
            'w' => Self::CurrentSwitch,
            _ => return None,
        })
    }

    /// Nodes of its card, an optional one left out.
    fn nodes(self) -> usize {
        match self {
            Self::Diode | Self::CurrentSwitch => 2,
            Self::Bipolar | Self::Jfet => 3,
            Self::Mosfet | Self::VoltageSwitch => 4,
        }
    }
}

impl Card<'_, '_> {
    pub(super) fn device(&mut self, family: Family, name: Word<'_>) -> Result<ElementKind, Fault> {
        let node = format!("a node of `{}`", shown(name.text));
        let mut nodes = Vec::with_capacity(4);
        for _ in 0..family.nodes() {
            nodes.push(self.device_word(&node)?);
        }
        let control = match family {
            Family::CurrentSwitch => Some(
                self.symbol(&format!("the voltage source that controls `{}`", shown(name.text)))?,
            ),
            _ => None,
        };
        let model_of = format!("the model of `{}`", shown(name.text));
        let mut model = self.device_word(&model_of)?;
        if family == Family::Bipolar && self.another_name_follows() {
            nodes.push(model);
            model = self.device_word(&model_of)?;
        }
        let mut device = Device {
            family,
            nodes,
            control,
            model,
            area: None,
            switched: None,
            initial: Vec::new(),
            params: Vec::new(),
        };
        self.tail(&mut device)?;
        Ok(ElementKind::Device(Box::new(device)))
    }

    /// A name that is not the key of an assignment.
    fn device_word(&mut self, what: &str) -> Result<Symbol, Fault> {
        let mark = self.cursor;
        let symbol = self.symbol(what)?;
        if self.peek() == Some('=') {
            self.cursor = mark;
            return self.expected(what);
        }
        Ok(symbol)
    }

    /// True before the model of a bipolar transistor with a substrate: a word that
    /// is no number, no flag and no key.
    fn another_name_follows(&mut self) -> bool {
        let mark = self.cursor;
        let found = self.word().is_some_and(|word| {
            parse_number(word.text).is_err()
                && !word.text.eq_ignore_ascii_case("off")
                && self.peek() != Some('=')
        });
        self.cursor = mark;
        found
    }

    /// Area, flags, initial values and parameters.
    fn tail(&mut self, device: &mut Device) -> Result<(), Fault> {
        while self.peek().is_some() {
            if device.switched.is_none() && self.flag("off") {
                device.switched = Some(false);
                continue;
            }
            let is_switch = matches!(device.family, Family::VoltageSwitch | Family::CurrentSwitch);
            if is_switch {
                if device.switched.is_none() && self.flag("on") {
                    device.switched = Some(true);
                    continue;
                }
                return self.finish("the model");
            }
            let mark = self.cursor;
            let key = self.word().filter(|_| self.peek() == Some('='));
            match key {
                Some(key) if key.text.eq_ignore_ascii_case("ic") && device.initial.is_empty() => {
                    self.eat('=');
                    device.initial.push(self.value("an initial voltage")?);
                    while self.eat(',') {
                        device.initial.push(self.value("an initial voltage")?);
                    }
                }
                Some(key) => device.params.push(self.assignment(key, Self::value)?),
                None => {
                    self.cursor = mark;
                    let early = device.switched.is_none()
                        && device.initial.is_empty()
                        && device.params.is_empty();
                    if device.area.is_some() || device.family == Family::Mosfet || !early {
                        return self.finish("the model");
                    }
                    device.area = Some(self.value("the area")?);
                }
            }
        }
        Ok(())
    }

    /// Consumes a flag, which is no key.
    fn flag(&mut self, name: &str) -> bool {
        let mark = self.cursor;
        if self.keyword(name) && self.peek() != Some('=') {
            return true;
        }
        self.cursor = mark;
        false
    }

    /// `Tname a+ a- b+ b- Z0=... TD=...`.
    pub(super) fn line(&mut self, name: Word<'_>) -> Result<ElementKind, Fault> {
        let node = format!("a node of `{}`", shown(name.text));
        let mut node = || self.device_word(&node);
        let nodes = [node()?, node()?, node()?, node()?];
        let (mut params, mut initial) = (Vec::new(), Vec::new());
        while self.peek().is_some() {
            let mark = self.cursor;
            match self.word().filter(|_| self.peek() == Some('=')) {
                Some(key) if key.text.eq_ignore_ascii_case("ic") && initial.is_empty() => {
                    self.eat('=');
                    initial.push(self.value("an initial value")?);
                    while self.eat(',') {
                        initial.push(self.value("an initial value")?);
                    }
                }
                Some(key) => params.push(self.assignment(key, Self::value)?),
                None => {
                    self.cursor = mark;
                    return self.expected("`Z0=`, `TD=`, `F=`, `NL=` or `IC=`");
                }
            }
        }
        if params.is_empty() {
            return self.expected("`Z0=`");
        }
        Ok(ElementKind::Line(Box::new(Line { nodes, params, initial })))
    }

    /// `Kname L1 L2 k`.
    pub(super) fn coupling(&mut self, name: Word<'_>) -> Result<ElementKind, Fault> {
        let what = format!("an inductor that `{}` couples", shown(name.text));
        let mut inductors = vec![self.symbol(&what)?, self.symbol(&what)?];
        let is_name = |word: &str| word.starts_with(['l', 'L']);
        while self.peek_word().is_some_and(|word| is_name(word.text)) {
            inductors.push(self.symbol(&what)?);
        }
        let factor = self.value(&format!("the coupling factor of `{}`", shown(name.text)))?;
        self.finish("the coupling factor")?;
        Ok(ElementKind::Coupling(Box::new(Coupling { inductors, factor })))
    }
}
