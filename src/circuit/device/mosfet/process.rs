//! What the doping and the oxide of a MOS transistor say about its law.

use super::super::{
    junction::{ELEMENTARY_CHARGE, band_gap, potential_at, thermal_voltage},
    model::{Conditions, Values},
};

/// Permittivities of oxide and silicon, F/m.
const OXIDE: f64 = 3.9 * 8.854_214_871e-12;
pub(super) const SILICON: f64 = 11.7 * 8.854_214_871e-12;
/// Intrinsic carriers of silicon at 300 K, 1/m^3.
const INTRINSIC: f64 = 1.45e16;

/// The electrical parameters of a process, with the sign of P channels taken out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Process {
    /// Threshold without bias, V.
    pub(super) threshold: f64,
    /// Body effect, square root of V.
    pub(super) body: f64,
    /// Surface potential in strong inversion, V.
    pub(super) surface: f64,
    /// Transconductance per square, A/V^2.
    pub(super) transconductance: f64,
    /// Mobility, m^2/Vs.
    pub(super) mobility: f64,
    /// Capacitance of the oxide, F/m^2; 0 where no thickness is given.
    pub(super) oxide: f64,
    /// Width of a depletion layer per square root of its voltage, m; 0 where no
    /// doping is given.
    pub(super) depletion: f64,
    /// Factor of the saturation currents of the junctions.
    pub(super) saturation: f64,
}

impl Process {
    pub(super) fn new(
        polarity: f64,
        model: &Values,
        conditions: Conditions,
    ) -> Result<Self, String> {
        let (nominal, at) = (conditions.nominal, conditions.temperature);
        let given = |name: &str| model.has(name).then(|| model.number(name));
        let level = model.number("level");
        // Levels 2 and 3 take a usual thickness where none is given.
        let thickness = given("tox").or((level > 1.0).then_some(1e-7));
        let oxide = thickness.map_or(0.0, |tox| OXIDE / tox);
        let mobility = model.number("uo") * 1e-4;
        let mut transconductance = model.number("kp");
        if !model.has("kp") && oxide > 0.0 {
            transconductance = mobility * oxide;
        }
        let mut surface = model.number("phi");
        let mut body = model.number("gamma");
        let mut threshold = polarity * model.number("vto");
        let mut depletion = 0.0;
        if let Some(doping) = given("nsub").map(|nsub| nsub * 1e6)
            && oxide > 0.0
        {
            let intrinsic = if level == 3.0 { carriers(nominal) } else { INTRINSIC };
            if doping <= intrinsic {
                return Err(
                    "`nsub` is less than the carriers of pure silicon, 1.45e10 per cm^3".to_owned()
                );
            }
            if !model.has("phi") {
                let potential = 2.0 * thermal_voltage(nominal) * (doping / intrinsic).ln();
                surface = if potential > 0.1 { potential } else { 0.1 };
            }
            if !model.has("gamma") {
                body = (2.0 * SILICON * ELEMENTARY_CHARGE * doping).sqrt() / oxide;
            }
            if !model.has("vto") {
                let gap = band_gap(nominal);
                let gate = model.number("tpg");
                let work = work_function(polarity, gate, 0.5 * surface, gap);
                let fixed = model.number("nss") * 1e4 * ELEMENTARY_CHARGE / oxide;
                threshold = polarity * (work - fixed) + body * surface.sqrt() + surface;
            }
            depletion = (2.0 * SILICON / (ELEMENTARY_CHARGE * doping)).sqrt();
        }
        let ratio = at / nominal;
        let hot = potential_at(surface, nominal, at);
        let built_in = threshold - body * surface.sqrt()
            + polarity * 0.5 * (band_gap(nominal) - band_gap(at))
            + 0.5 * (hot - surface);
        // Both sides of the gap, each at its own temperature.
        let saturation = (band_gap(nominal) / thermal_voltage(nominal)
            - band_gap(at) / thermal_voltage(at))
        .exp();
        Ok(Self {
            threshold: built_in + body * hot.sqrt(),
            body,
            surface: hot,
            transconductance: transconductance / (ratio * ratio.sqrt()),
            mobility: mobility / (ratio * ratio.sqrt()),
            oxide,
            depletion,
            saturation,
        })
    }
}

/// Intrinsic carriers of silicon, 1/m^3. ngspice counts them so in level 3 and takes
/// those at 300 K in levels 1 and 2.
fn carriers(kelvin: f64) -> f64 {
    let (ratio, gap) = (kelvin / 300.0, band_gap(kelvin));
    let cold = 0.5 * gap / thermal_voltage(300.0);
    INTRINSIC * ratio.powf(1.5) * (cold - 0.5 * gap / thermal_voltage(kelvin)).exp()
}

/// Work function of the gate against that of the bulk, V.
fn work_function(polarity: f64, gate: f64, fermi: f64, gap: f64) -> f64 {
    if gate == 0.0 {
        // Aluminium.
        3.2 - (3.25 + 0.5 * gap + polarity * fermi)
    } else {
        -polarity * gate * 0.5 * gap - polarity * fermi
    }
}
