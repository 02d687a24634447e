//! `analogon lint`: which constraints the weights of a network satisfy.

use std::io::Write;
use std::path::PathBuf;

use analogon::{
    train::lint::{SignReport, TINY, UnitSigns},
    units::count,
};
use clap::ValueEnum;

use crate::{
    failure::{Failure, Outcome},
    json, network,
};

/// Say which constraints on signs a network satisfies
///
/// Dale's law asks that what a unit sends has one sign; the published constraint
/// (arXiv 2208.10304, as coded) that what a unit receives has. Both are looked at, with
/// the number of units of each sign, their blocks, input and readout weights.
///
/// Exit code 1: what `--require` asks for does not hold.
///
/// Example: analogon lint net.safetensors --require outgoing
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Lint {
    /// Network
    network: PathBuf,

    /// What has to hold
    #[arg(long, value_enum, value_name = "WHAT")]
    require: Vec<Requirement>,

    /// Print one JSON object instead
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Requirement {
    /// Dale's law: one sign by the unit that sends
    Outgoing,
    /// As published: one sign by the unit that receives
    #[value(alias = "as-published")]
    Incoming,
    /// No negative input weight
    PositiveInput,
    /// No readout weight against the sign of its unit
    Readout,
}

impl Lint {
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Outcome, Failure> {
        let loaded = network::load(Some(&self.network))?;
        let report = SignReport::of(&loaded.network);
        if self.json {
            json::print(&report, out)?;
        } else {
            self.show(&report, out)?;
        }
        let holds = self.require.iter().all(|requirement| match requirement {
            Requirement::Outgoing => report.outgoing.holds(),
            Requirement::Incoming => report.incoming.holds(),
            Requirement::PositiveInput => report.negative_inputs == 0,
            Requirement::Readout => report.outgoing.holds() && report.wrong_readouts == 0,
        });
        Ok(if holds { Outcome::Holds } else { Outcome::Fails })
    }

    fn show(&self, report: &SignReport, out: &mut dyn Write) -> Result<(), Failure> {
        writeln!(out, "{}", self.network.display())?;
        signs("sent (Dale's law)", &report.outgoing, out)?;
        signs("received (as published)", &report.incoming, out)?;
        match report.negative_inputs {
            0 => writeln!(out, "input weights: none is negative")?,
            n => writeln!(out, "input weights: {n} of {} are negative", report.inputs)?,
        }
        match report.wrong_readouts {
            _ if !report.outgoing.holds() => {
                writeln!(out, "readout weights: no sign is asked for, as units have both")?;
            }
            0 => writeln!(out, "readout weights: none is against the sign of its unit")?,
            n => writeln!(out, "readout weights: {n} against the sign of their unit")?,
        }
        let tiny = if report.tiny == 0 {
            String::new()
        } else {
            format!(", {} of them below {TINY:e}", report.tiny)
        };
        writeln!(out, "recurrent weights: {:.1} % are not 0{tiny}", 100.0 * report.density)?;
        Ok(())
    }
}

fn signs(what: &str, signs: &UnitSigns, out: &mut dyn Write) -> Result<(), Failure> {
    let UnitSigns { excitatory, inhibitory, silent, mixed, wrong, .. } = signs;
    if signs.holds() {
        write!(
            out,
            "signs of what is {what}: hold; {excitatory} excitatory, {inhibitory} inhibitory"
        )?;
        if *silent > 0 {
            write!(out, ", {silent} without weights")?;
        }
        if let Some(blocks) = &signs.blocks {
            let blocks: Vec<String> = blocks
                .iter()
                .map(|block| {
                    format!("{} {}", block.units, if block.inhibitory { 'I' } else { 'E' })
                })
                .collect();
            write!(out, " ({})", blocks.join(", "))?;
        }
        writeln!(out)?;
    } else {
        writeln!(
            out,
            "signs of what is {what}: do not hold; {} of both signs, {} would have to become 0",
            count(*mixed, "unit"),
            count(*wrong, "weight")
        )?;
    }
    Ok(())
}
