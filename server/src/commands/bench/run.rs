//! One run: edits of ours, and between them what others take for the same.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::hot::WarmTools;
use crate::printer::milliseconds;

use super::super::CommandError;
use super::edit_point::EditPoint;
use super::figures::Figures;
use super::measure::{Plan, follow, measure};
use super::memory;
use super::rivals::{Rivals, Turn};
use super::serving::{Ground, Serving, Subject, failed};

/// Turns of ours and others. With fewer one bad moment of the machine decides; a turn of `tinygo build` of a large
/// program takes half a minute.
const TURNS: u32 = 3;

/// No turn of others is begun that would end later than this: what follows takes about another half of a minute.
const LONGEST: Duration = Duration::from_secs(130);

/// Starts of a server that has everything cached.
const STARTS: u32 = 3;

/// What is measured.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) ground: Ground<'a>,
    /// Folder of the project, which nothing is written to.
    pub(super) project: &'a Path,
    /// A copy of it.
    pub(super) subject: Subject,
    /// Where it is edited.
    pub(super) point: EditPoint,
    /// Edits that count.
    pub(super) edits: u32,
    /// What functions are replaced with; without it edits are measured and nothing else.
    pub(super) warm: Option<WarmTools>,
    /// No comparisons with others.
    pub(super) quick: bool,
    /// Number of the first edit.
    pub(super) first: u32,
}

impl Run<'_> {
    /// All but the sizes of patches and the speed of code.
    pub(super) async fn perform(mut self) -> Result<Figures, CommandError> {
        let began = Instant::now();
        let screen = self.ground.browser.is_some();
        let mut figures = Figures { screen, ..Figures::default() };
        let compared = screen && self.warm.is_some();
        if !compared {
            let (mut serving, _) = self.ground.serve(&self.subject, screen).await?;
            self.edit(&mut serving, self.edits, &mut figures).await?;
            self.note_memory(&mut figures);
            serving.end().await?;
            return Ok(figures);
        }
        let mut serving = self.start(&mut figures).await?;
        let mut rivals = if self.quick {
            None
        } else {
            let (ground, left_out) = (&self.ground, &mut figures.left_out);
            Some(Rivals::start(ground, self.project, &self.subject, self.first, left_out).await?)
        };
        let turns = TURNS.min(self.edits);
        let mut longest = Duration::ZERO;
        let mut left = self.edits;
        for turn in 0..turns {
            let edits = left / (turns - turn);
            left -= edits;
            let patched = self.edit(&mut serving, edits, &mut figures).await?;
            let base = self.edit_entry(&mut serving).await?;
            let start = Instant::now();
            let others = match &mut rivals {
                Some(rivals) if began.elapsed() + longest < LONGEST => {
                    rivals.turn(&self.ground, &mut figures.left_out).await?
                }
                _ => Turn::default(),
            };
            longest = longest.max(start.elapsed());
            figures.reload.add(patched, others.reload);
            figures.go.add(patched, others.go);
            figures.base.add(base, others.tinygo);
        }
        self.note_memory(&mut figures);
        serving.end().await?;
        if let Some(rivals) = rivals {
            rivals.end().await?;
        }
        Ok(figures)
    }

    /// Starts the server until it is running with everything in its caches.
    async fn start(&self, figures: &mut Figures) -> Result<Serving, CommandError> {
        // The copy lies in a new folder, of which nothing is known yet.
        self.ground.serve(&self.subject, false).await?.0.end().await?;
        let starts = if self.quick { 1 } else { STARTS };
        for _ in 1..starts {
            let (serving, elapsed) = self.ground.serve(&self.subject, true).await?;
            figures.warm_start.add(milliseconds(elapsed));
            serving.end().await?;
        }
        let (serving, elapsed) = self.ground.serve(&self.subject, true).await?;
        figures.warm_start.add(milliseconds(elapsed));
        Ok(serving)
    }

    /// Makes edits of ours. Returns the median of those that were patched.
    async fn edit(
        &mut self,
        serving: &mut Serving,
        edits: u32,
        figures: &mut Figures,
    ) -> Result<Option<f64>, CommandError> {
        let plan = plan(&self.subject, &self.ground, edits);
        let point = &mut self.point;
        let measured = serving
            .attend(async |events| measure(events, plan, |_| point.save()).await.map_err(failed))
            .await?;
        let median = measured.patched.percentile(50);
        figures.measurements.extend(measured);
        Ok(median)
    }

    /// Makes an edit that no running program can follow. Returns what the build took.
    async fn edit_entry(&mut self, serving: &mut Serving) -> Result<Option<f64>, CommandError> {
        if !self.point.has_entry() {
            return Ok(None);
        }
        let plan = plan(&self.subject, &self.ground, 1);
        let point = &mut self.point;
        let arrival = serving
            .attend(async |events| follow(events, plan, 0, || point.save_entry()).await.map_err(failed))
            .await?;
        Ok(arrival.build.filter(|_| !arrival.is_patch()))
    }

    fn note_memory(&self, figures: &mut Figures) {
        figures.resident = self.warm.as_ref().and_then(|warm| memory::of_child(&warm.worker));
    }
}

fn plan<'a>(subject: &'a Subject, ground: &Ground<'_>, edits: u32) -> Plan<'a> {
    Plan { program: &subject.program, edits, screen: ground.browser.is_some(), deadline: ground.deadline() }
}
