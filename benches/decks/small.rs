//! Five circuits of an evening.

/// A small circuit.
pub(crate) struct Small {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    /// Its elements.
    elements: &'static str,
    /// What it saves.
    pub(crate) output: &'static str,
    /// Print step, stop time and what else its `.tran` card says.
    transient: (f64, f64, &'static str),
}

/// Single pole: gain 1e5, gain-bandwidth product 1 MHz, output 50 ohm.
const AMPLIFIER: &str = "\
.subckt opamp p n o
Rin p n 2meg
G1 0 x p n 1m
R1 x 0 100meg
C1 x 0 159.155p
E1 y 0 x 0 1
Ro y o 50
.ends
";

impl Small {
    /// The deck.
    pub(crate) fn deck(&self) -> String {
        let (step, stop, uic) = self.transient;
        self.with(&format!(".tran {step:e} {stop:e} {uic}"))
    }

    /// The deck with steps of a fifth at most, to compare with.
    pub(crate) fn finer(&self) -> String {
        let (step, stop, uic) = self.transient;
        let step = step / 5.0;
        self.with(&format!(".tran {step:e} {stop:e} 0 {step:e} {uic}"))
    }

    fn with(&self, analysis: &str) -> String {
        let Self { name, elements, output, .. } = self;
        let amplifier = if elements.contains("opamp") { AMPLIFIER } else { "" };
        format!("* {name}\n{elements}{amplifier}.save {output}\n{analysis}\n.end\n")
    }
}

/// All of them.
pub(crate) const ALL: [Small; 5] = [
    Small {
        name: "integrator",
        elements: "\
Vin in 0 PULSE(-1 1 0 1u 1u 0.5m 1m)
R1 in n 10k
C1 n out 100n
Rf n out 1meg
X1 0 n out opamp
",
        output: "v(out)",
        transient: (1e-6, 20e-3, ""),
    },
    Small {
        name: "sallen-key",
        elements: "\
Vin in 0 DC 0 SIN(0 1 1k)
R1 in a 10k
R2 a p 10k
C1 a out 14.14n
C2 p 0 7.07n
X1 p out out opamp
",
        output: "v(out)",
        transient: (1e-6, 20e-3, ""),
    },
    Small {
        name: "wien",
        elements: "\
R1 out a 10k
C1 a p 10n
R2 p 0 10k
C2 p 0 10n IC=0.1
Rg n 0 10k
Rf1 n f 18k
Rf2 f out 4.7k
D1 f out DX
D2 out f DX
.model DX D(IS=1e-14 N=1.2 RS=1)
X1 p n out opamp
",
        output: "v(out)",
        transient: (1e-6, 50e-3, "uic"),
    },
    Small {
        name: "rectifier",
        elements: "\
V1 a b SIN(0 10 50)
Rb b 0 1meg
D1 a p DR
D2 b p DR
D3 n a DR
D4 n b DR
Rn n 0 1m
C1 p n 100u
RL p n 1k
.model DR D(IS=1e-14 RS=0.1 CJO=4p TT=10n)
",
        output: "v(p)",
        transient: (10e-6, 200e-3, ""),
    },
    Small {
        name: "boost",
        elements: "\
Vin in 0 5
L1 in sw 100u IC=0
S1 sw 0 g 0 SWM
D1 sw out DB
C1 out 0 47u IC=0
RL out 0 50
Vg g 0 PULSE(0 5 0 50n 50n 4.95u 10u)
.model SWM SW(VT=2.5 VH=0.1 RON=0.05 ROFF=1e6)
.model DB D(IS=1e-12 N=1.05 RS=0.02)
",
        output: "v(out)",
        transient: (100e-9, 10e-3, "uic"),
    },
];
