//! From surveys to sources that were read: the user's own file by file, and the modules beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use migration::{BackEnd, BackEnds, Items, Place, Reader, Source, Use, Uses};

use crate::analyse::{Survey, SurveyedPackage, wants_cgo};
use crate::diagnostic::Diagnostic;
use crate::source_file;

use super::systems::Surveys;

/// Longest file that is read: generated tables have some megabytes.
const LONGEST: u64 = 32 << 20;

/// All that was read.
pub(super) struct Code {
    /// Packages of the user.
    pub(super) packages: usize,
    /// The user's own files, in order of their names.
    pub(super) sources: Vec<Source>,
    /// Where they lie; as many.
    pub(super) paths: Vec<PathBuf>,
    /// Items of the user's own files.
    pub(super) items: Items,
    /// Modules that are used, without the standard library.
    pub(super) dependencies: Vec<Dependency>,
    /// The user's programs: folders of main packages.
    pub(super) programs: Vec<PathBuf>,
    /// What could not be read of the user's own files, with its place: file by number.
    pub(super) unreadable: Vec<(usize, Place, String)>,
    /// What `go list` complains about.
    pub(super) problems: Vec<Diagnostic>,
}

/// A module of somebody else.
pub(super) struct Dependency {
    pub(super) module: String,
    pub(super) packages: usize,
    pub(super) files: usize,
    pub(super) items: Items,
    /// Its files, for places of items.
    pub(super) sources: Vec<Source>,
}

/// Who takes a file.
#[derive(Default)]
struct Takers {
    back_ends: BackEnds,
    is_foreign: bool,
    is_left_out_for_cgo: bool,
    package: String,
    module: String,
    is_own: bool,
}

impl Code {
    /// `folder`: what names of files are relative to.
    pub(super) fn read(folder: &Path, surveys: Surveys, back_ends: &[BackEnd]) -> Self {
        let mut files: BTreeMap<PathBuf, Takers> = BTreeMap::new();
        take(&surveys.native, None, &mut files);
        for (back_end, survey) in &surveys.of {
            take(survey, Some(*back_end), &mut files);
        }
        // Of a package that has no other files nothing is listed at all.
        let listed: BTreeSet<&str> = surveys
            .of
            .iter()
            .flat_map(|(_, survey)| &survey.packages)
            .map(|package| &*package.import_path)
            .collect();
        for (path, takers) in files.iter_mut().filter(|(_, takers)| !takers.is_foreign) {
            takers.is_left_out_for_cgo |= !listed.contains(&*takers.package) && wants_cgo(path);
        }
        // `import "C"` is why no build for WASI has them: that is what is to be said of them.
        for takers in files.values_mut().filter(|takers| takers.is_left_out_for_cgo) {
            takers.back_ends = back_ends.iter().copied().collect();
        }
        let all = || std::iter::once(&surveys.native).chain(surveys.of.iter().map(|(_, survey)| survey));
        let mut code = Self {
            packages: own_packages(all()).len(),
            sources: Vec::new(),
            paths: Vec::new(),
            items: Items::default(),
            dependencies: Vec::new(),
            programs: programs(all()),
            unreadable: Vec::new(),
            problems: Vec::new(),
        };
        let mut modules: BTreeMap<String, (BTreeSet<String>, Vec<Source>)> = BTreeMap::new();
        let mut reader = Reader::new();
        for (path, takers) in files {
            if takers.is_own {
                code.own(folder, path, &takers, &mut reader);
            } else if !takers.back_ends.is_empty() {
                let (name, uses) =
                    (file_of(&takers.package, &path), read(&path, takers.is_foreign, &mut reader));
                let (packages, sources) = modules.entry(takers.module).or_default();
                packages.insert(takers.package);
                sources.push(Source { name, taken: takers.back_ends, uses: uses.uses });
            }
        }
        code.items = Items::of(&code.sources);
        code.dependencies = modules
            .into_iter()
            .map(|(module, (packages, sources))| {
                let items = Items::of(&sources);
                Dependency { module, packages: packages.len(), files: sources.len(), items, sources }
            })
            .collect();
        let problems =
            std::iter::once(surveys.native).chain(surveys.of.into_iter().map(|(_, survey)| survey));
        for problem in problems.flat_map(|survey| survey.problems) {
            if !code.problems.contains(&problem) {
                code.problems.push(problem);
            }
        }
        code
    }

    fn own(&mut self, folder: &Path, path: PathBuf, takers: &Takers, reader: &mut Reader) {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let uses = read(&path, takers.is_foreign, reader);
        let number = self.sources.len();
        self.unreadable.extend(uses.unreadable.into_iter().map(|(place, why)| (number, place, why)));
        self.sources.push(Source { name, taken: takers.back_ends, uses: uses.uses });
        self.paths.push(path);
    }
}

fn take(survey: &Survey, back_end: Option<BackEnd>, files: &mut BTreeMap<PathBuf, Takers>) {
    for package in &survey.packages {
        let mut takers = |path: &PathBuf, is_foreign: bool| {
            let takers = files.entry(path.clone()).or_insert_with(|| Takers {
                package: package.import_path.clone(),
                module: package.module.clone(),
                is_own: package.is_own,
                is_foreign,
                ..Takers::default()
            });
            if let Some(back_end) = back_end {
                takers.back_ends.insert(back_end);
            }
        };
        for path in &package.go_files {
            takers(path, false);
        }
        // C and assembly for this machine are nothing that a build for WASI meets.
        if back_end.is_some() {
            for path in &package.foreign_files {
                takers(path, true);
            }
            for path in &package.without_cgo {
                if let Some(takers) = files.get_mut(path) {
                    takers.is_left_out_for_cgo = true;
                }
            }
        }
    }
}

fn own_packages<'a>(surveys: impl Iterator<Item = &'a Survey>) -> BTreeSet<&'a str> {
    let own = surveys.flat_map(|survey| &survey.packages).filter(|package| package.is_own);
    own.map(|package| package.import_path.as_str()).collect()
}

fn programs<'a>(surveys: impl Iterator<Item = &'a Survey>) -> Vec<PathBuf> {
    let is_program = |package: &&SurveyedPackage| package.is_own && package.is_program;
    let programs = surveys.flat_map(|survey| &survey.packages).filter(is_program);
    programs.map(|package| package.folder.clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// A file of a module, with its package instead of a folder of the module cache.
fn file_of(package: &str, path: &Path) -> String {
    format!("{package}/{}", path.file_name().unwrap_or_default().to_string_lossy())
}

fn read(path: &Path, is_foreign: bool, reader: &mut Reader) -> Uses {
    if is_foreign {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let uses: Vec<Use> = migration::foreign(&name).into_iter().collect();
        return Uses { uses, ..Uses::default() };
    }
    match text(path) {
        Ok(text) => reader.read(&text),
        Err(why) => Uses { unreadable: vec![(Place { line: 1, column: 1 }, why)], ..Uses::default() },
    }
}

fn text(path: &Path) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let file = source_file::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LONGEST {
        return Err(format!("this file is longer than the {} MiB that are read", LONGEST >> 20));
    }
    Ok(text)
}
