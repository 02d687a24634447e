//! Trainings as files, taken up to the bit.
//!
//! A safetensors file: the arrays `values`, `kept`, `momentum` and `squares` in f32, and in
//! the metadata under `analogon-training`, as JSON, the version, the specification and
//! everything that is counted. What a seed gives is drawn again.

use std::collections::HashMap;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};

use crate::train::run::{Place, Training};
use crate::train::{EpochRow, Stopped, TrainError, TrainSpec};

/// The key of the metadata.
const KEY: &str = "analogon-training";
const VERSION: u32 = 1;

/// What is no array.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    version: u32,
    spec: TrainSpec,
    place: Place,
    updates: u64,
    history: Vec<EpochRow>,
    stopped: Option<Stopped>,
}

impl Training {
    /// The bytes of a checkpoint. What [`Training::restore`] makes of them goes on as this
    /// training does, to the bit, also in the middle of an epoch.
    ///
    /// # Panics
    ///
    /// Never: what a training holds can be written.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let state = State {
            version: VERSION,
            spec: self.spec.clone(),
            place: self.place.clone(),
            updates: self.optimiser.iteration(),
            history: self.history.clone(),
            stopped: self.stopped.clone(),
        };
        let state =
            serde_json::to_string(&state).expect("invariant: a state holds numbers and texts");
        let arrays = [
            ("kept", bytes(&self.kept)),
            ("momentum", bytes(&self.optimiser.first)),
            ("squares", bytes(&self.optimiser.second)),
            ("values", bytes(&self.parameters.values)),
        ];
        let views = arrays.iter().map(|(name, bytes)| {
            let view = TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes);
            (*name, view.expect("invariant: four bytes a number"))
        });
        let metadata = HashMap::from([(KEY.to_owned(), state)]);
        safetensors::serialize(views, Some(metadata)).expect("invariant: four arrays and a text")
    }

    /// Takes up a training where [`Training::checkpoint`] left it, on so many threads.
    ///
    /// # Errors
    ///
    /// [`TrainError::Checkpoint`] where the bytes are none, and what [`Training::new`] says.
    pub fn restore(bytes: &[u8], threads: usize) -> Result<Self, TrainError> {
        let damaged = |error: &dyn std::fmt::Display| TrainError::Checkpoint(error.to_string());
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| damaged(&e))?;
        let state = header.metadata().as_ref().and_then(|all| all.get(KEY));
        let state = state.ok_or_else(|| damaged(&format!("there is no `{KEY}` in it")))?;
        let state: State = serde_json::from_str(state).map_err(|e| damaged(&e))?;
        if state.version != VERSION {
            let text = format!("its version is {}, expected {VERSION}", state.version);
            return Err(damaged(&text));
        }
        let mut training = Self::new(state.spec, threads)?;
        let array = |name: &str, length: usize| -> Result<Vec<f32>, TrainError> {
            let view = file.tensor(name).map_err(|e| damaged(&e))?;
            let (chunks, _) = view.data().as_chunks::<4>();
            if view.dtype() != Dtype::F32 || chunks.len() != length {
                let text = format!("`{name}` is not an array of {length} numbers in f32");
                return Err(damaged(&text));
            }
            let values: Vec<f32> = chunks.iter().map(|b| f32::from_le_bytes(*b)).collect();
            match values.iter().all(|value| value.is_finite()) {
                true => Ok(values),
                false => Err(damaged(&format!("`{name}` holds what is not a finite number"))),
            }
        };
        let count = training.parameters.values.len();
        training.kept = array("kept", count)?;
        training.optimiser.first = array("momentum", count)?;
        training.optimiser.second = array("squares", training.optimiser.second.len())?;
        training.optimiser.iteration = state.updates;
        let values = array("values", count)?;
        training.place = state.place;
        training.history = state.history;
        if !training.is_consistent() {
            return Err(damaged(&"its counts contradict each other"));
        }
        training.resume(values, state.stopped)?;
        Ok(training)
    }

    /// Whether the counts of a file can be those of a training.
    fn is_consistent(&self) -> bool {
        let place = &self.place;
        let before = self.history.last().map_or(0, |row| row.updates);
        let numbered = self.history.iter().zip(1..).all(|(row, epoch)| row.epoch == epoch);
        let sums = [place.loss, place.norms.0, place.norms.1];
        numbered
            && self.history.iter().all(|row| row.loss >= 0.0 && row.loss.is_finite())
            && sums.iter().all(|sum| *sum >= 0.0 && sum.is_finite())
            && Some(self.optimiser.iteration()) == before.checked_add(place.batch as u64)
            && place.epoch == self.history.len()
            && place.began <= place.epoch
            && place.stage <= self.spec.curriculum.len()
            && place.batch <= self.batches()
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
