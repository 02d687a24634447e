//! The command line: arguments, files, progress and exit codes; nothing else.

mod ablate;
mod align;
mod arguments;
mod attractors;
mod bill;
mod check;
mod commute;
mod controllability;
mod convert;
mod deck;
mod ensemble;
mod envelope;
mod extract;
mod failure;
mod files;
mod interruption;
mod json;
mod lint;
mod network;
mod picture;
mod plot;
mod point;
mod procedure;
mod progress;
mod ranges;
mod realisability;
mod results;
mod run;
mod spectrum;
mod state;
mod subject;
mod synth;
mod task;
mod tolerance;
mod train;
mod tune;
mod verify;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::{Failure, Outcome};

/// Recurrent neural networks and analogue circuits as one dynamical system
///
/// A deck is a SPICE netlist (.cir); a network is a Keras, PyTorch, safetensors,
/// NPZ or text file. `-` as a deck reads the standard input.
///
/// Exit code 0: done, and what was asked about holds. 1: done, and it does not
/// hold. 2: bad input, or a failure.
#[derive(Debug, Parser)]
#[command(name = "analogon", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Check(check::Check),
    Spectrum(Box<spectrum::SpectrumCommand>),
    Synth(synth::Synth),
    Extract(extract::Extract),
    Verify(Box<verify::Verify>),
    Realisability(Box<realisability::RealisabilityCommand>),
    Tolerance(Box<tolerance::Tolerance>),
    Bill(bill::BillArgs),
    Convert(convert::Convert),
    Rescale(Box<procedure::Rescale>),
    Discretise(Box<procedure::Discretise>),
    Linearise(Box<procedure::Linearise>),
    Commute(Box<commute::Commute>),
    Controllability(controllability::Controllability),
    Ablate(Box<ablate::Ablate>),
    Attractors(Box<attractors::Attractors>),
    Plot(Box<plot::Plot>),
    Task(task::TaskCommand),
    Train(Box<train::Train>),
    Tune(Box<tune::Tune>),
    Lint(lint::Lint),
    Ensemble(ensemble::Ensemble),
    Envelope(Box<envelope::EnvelopeCommand>),
    Align(Box<align::AlignCommand>),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::new(anstream::stdout().lock());
    let outcome = dispatch(&cli.command, &mut out).and_then(|outcome| {
        out.flush()?;
        Ok(outcome)
    });
    match outcome {
        Ok(Outcome::Holds) => ExitCode::SUCCESS,
        Ok(Outcome::Fails) => ExitCode::from(1),
        Ok(Outcome::Reported) => ExitCode::from(2),
        Ok(Outcome::Interrupted) => ExitCode::from(interruption::EXIT_CODE),
        // Whoever reads the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(failure) => {
            // Where even this fails there is nobody left to tell.
            let _ = write!(anstream::stderr(), "{failure}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(command: &Command, out: &mut dyn Write) -> Result<Outcome, Failure> {
    match command {
        Command::Run(run) => run.run(out),
        Command::Check(check) => check.run(out),
        Command::Spectrum(spectrum) => spectrum.run(out),
        Command::Synth(synth) => synth.run(out),
        Command::Extract(extract) => extract.run(out),
        Command::Verify(verify) => verify.run(out),
        Command::Realisability(realisability) => realisability.run(out),
        Command::Tolerance(tolerance) => tolerance.run(out),
        Command::Bill(bill) => bill.run(out),
        Command::Convert(convert) => convert.run(out),
        Command::Rescale(rescale) => rescale.run(out),
        Command::Discretise(discretise) => discretise.run(out),
        Command::Linearise(linearise) => linearise.run(out),
        Command::Commute(commute) => commute.run(out),
        Command::Controllability(controllability) => controllability.run(out),
        Command::Ablate(ablate) => ablate.run(out),
        Command::Attractors(attractors) => attractors.run(out),
        Command::Plot(plot) => plot.run(out),
        Command::Task(task) => task.run(out),
        Command::Train(train) => train.run(out),
        Command::Tune(tune) => tune.run(out),
        Command::Lint(lint) => lint.run(out),
        Command::Ensemble(ensemble) => ensemble.run(out),
        Command::Envelope(envelope) => envelope.run(out),
        Command::Align(align) => align.run(out),
    }
}
