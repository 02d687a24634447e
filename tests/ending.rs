//! Transients that end before their stop time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop, and run programs"
)]

mod common;

use std::ops::ControlFlow;

use analogon::{
    simulate::{
        AnalysisResult, Ending, Path, Progress, SimulationOptions, TransientResult, carry_out,
        to_the_end,
    },
    wave::Waveform,
};

/// 1 - exp(-t/RC) with RC = 1 ms.
const CHARGE: &str = "t\nV1 in 0 1\nR1 in out 1k\nC1 out 0 1u\n.tran 10u 10m uic\n";

fn transient(deck: &str, path: Path, progress: &mut Progress<'_>) -> TransientResult {
    let options = SimulationOptions { path, ..SimulationOptions::default() };
    let found = carry_out(&common::circuit(deck), &options, progress).unwrap();
    match found.analyses.into_iter().next() {
        Some(AnalysisResult::Transient(found)) => found,
        other => panic!("{other:?}"),
    }
}

fn signal<'w>(wave: &'w Waveform, name: &str) -> &'w [f64] {
    &wave.signal(name).unwrap().values
}

#[test]
fn a_condition_ends_a_transient_at_the_first_point_where_it_holds() {
    for path in [Path::Mna, Path::Reduced] {
        let deck = format!("{CHARGE}*! until v(out)>0.5\n");
        let found = transient(&deck, path, &mut to_the_end);
        assert_eq!(found.ending, Ending::Condition("v(out) > 0.5".to_owned()));
        let out = signal(&found.waveform, "v(out)");
        let (last, before) = out.split_last().unwrap();
        assert!(*last > 0.5 && before.iter().all(|v| *v <= 0.5), "{path:?}: {out:?}");
        // ln 2 time constants, and at most a print step more.
        let end = found.waveform.time().last().unwrap() - 1e-3 * std::f64::consts::LN_2;
        assert!((0.0..=1e-5 + 1e-9).contains(&end), "{path:?}: {end:e}");
    }
}

#[test]
fn of_several_conditions_the_first_that_holds_counts_and_those_that_never_do_are_named() {
    let deck = format!("{CHARGE}*! until v(out)>2\n*! until 'time>=4m && v(out)>0'\n");
    let found = transient(&deck, Path::Mna, &mut to_the_end);
    assert!(matches!(&found.ending, Ending::Condition(name) if name.contains("time")));
    let end = *found.waveform.time().last().unwrap();
    assert!((4e-3..4.02e-3).contains(&end), "{end}");
    let deck = format!("{CHARGE}*! until v(out)>2\n");
    for path in [Path::Mna, Path::Reduced] {
        let found = transient(&deck, path, &mut to_the_end);
        assert_eq!(found.ending, Ending::Unmet("v(out) > 2".to_owned()));
        assert_eq!(found.waveform.time().last(), Some(&10e-3));
    }
}

/// A condition reads quantities that are not kept, and those stay away.
#[test]
fn a_condition_keeps_nothing() {
    let deck = format!("{CHARGE}.save v(in)\n*! until v(out)>0.5\n");
    let found = transient(&deck, Path::Mna, &mut to_the_end);
    let names: Vec<&str> = found.waveform.signals().iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["v(in)"]);
    assert!(matches!(found.ending, Ending::Condition(_)));
}

/// What was computed before is that of the whole run, to the bit.
#[test]
fn an_interrupted_transient_keeps_its_points() {
    for path in [Path::Mna, Path::Reduced] {
        let whole = transient(CHARGE, path, &mut to_the_end);
        let found = transient(CHARGE, path, &mut |done| match done < 0.3 {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        });
        assert_eq!(found.ending, Ending::Interrupted);
        let count = found.waveform.time().len();
        assert!(count > 10 && count < whole.waveform.time().len());
        assert!((found.waveform.time()[count - 1] - 3e-3).abs() < 2e-4);
        assert_eq!(found.waveform.time(), &whole.waveform.time()[..count]);
        let [part, all] = [&found, &whole].map(|f| signal(&f.waveform, "v(out)"));
        assert_eq!(part, &all[..count]);
    }
}

#[test]
fn interrupted_sweeps_and_spectra_keep_their_points() {
    let deck = "t\nV1 in 0 1 AC 1\nR1 in out 1k\nC1 out 0 1u\n.dc V1 0 1 0.1\n.ac dec 5 1 10k\n\
                .noise v(out) V1 dec 5 1 10k\n.sens v(out) ac dec 5 1 10k";
    let circuit = common::circuit(deck);
    let whole = carry_out(&circuit, &SimulationOptions::default(), &mut to_the_end).unwrap();
    for (cut, which) in [(0.1, 0), (0.3, 1), (0.6, 2), (0.9, 3)] {
        let found =
            carry_out(&circuit, &SimulationOptions::default(), &mut |done| match done < cut {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            });
        let found = found.unwrap();
        assert_eq!(found.analyses.len(), which + 1, "no further analysis begins");
        let [part, all] = [&found, &whole].map(|s| s.analyses[which].waveform().unwrap());
        let count = part.time().len();
        assert!(count > 0 && count < all.time().len(), "{which}: {count}");
        assert_eq!(part.time(), &all.time()[..count]);
        for (part, all) in part.signals().iter().zip(all.signals()) {
            assert_eq!(part.values, all.values[..count]);
        }
    }
}

#[test]
fn conditions_that_make_no_sense_are_refused() {
    for (line, message) in [
        ("*! until v(oot)>1", "no element touches a node `oot`"),
        ("*! until v(out)>", "missing a number, a name or `(`"),
        ("*! until done>1", "a measure has no value before the transient has ended"),
        ("*! untill v(out)>1", "did you mean `*! until`?"),
        ("*! until", "missing a number, a name or `(`"),
    ] {
        let deck = format!("{CHARGE}.measure tran done MAX v(out)\n{line}\n");
        let faults = common::faults(&deck);
        assert!(faults.contains(message), "{line}: {faults}");
    }
    let faults = common::faults("t\nR1 a 0 1\nV1 a 0 1\n.op\n*! until v(a)>1\n");
    assert!(faults.contains("a condition ends a transient, the deck has none"), "{faults}");
}

/// Ctrl-C ends a run cleanly: what was computed is shown and written.
#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_computed() {
    let folder = tempfile::tempdir().unwrap();
    let (deck, raw) = (folder.path().join("long.cir"), folder.path().join("long.csv"));
    let text = "t\nV1 a 0 SIN(0 5 1k)\nD1 a b m\nC1 b 0 1u\nR1 b 0 1k\n.model m d\n\
                .tran 20u 2000\n.save v(b)\n";
    std::fs::write(&deck, text).unwrap();
    // A busy machine may need longer to begin.
    for seconds in [1, 4, 16] {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_analogon"))
            .args(["run".as_ref(), deck.as_os_str(), "-o".as_ref(), raw.as_os_str()])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_secs(seconds));
        let id = program.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let output = program.wait_with_output().unwrap();
        // Without a code the signal came before the program listened.
        if let Some(code) = output.status.code() {
            assert_eq!(code, 130);
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("interrupted there"), "{text}");
            let rows = std::fs::read_to_string(&raw).unwrap().lines().count();
            assert!(rows > 2, "{rows} rows");
            return;
        }
    }
    panic!("the program never listened to Ctrl-C");
}
