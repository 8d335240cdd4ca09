//! Programs of the host that a lab needs: which are missing, and how they get here.

use std::collections::BTreeSet;
use std::env;
use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Doing, Result};
use crate::image::{EVERYWHERE, Program, Recipe};
use crate::run::command::PATH;
use crate::run::guard::{self, Undo};
use crate::topology::Topology;

/// Set to `never`, this variable keeps [`ensure`] from installing anything.
pub const INSTALL_VARIABLE: &str = "BELLWETHER_LAB_INSTALL";

/// Where a package's daemon asks whether it may start
/// (<https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt>).
const START_POLICY: &str = "/usr/sbin/policy-rc.d";

/// Programs are missing and could not, or may not, be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    programs: Vec<Program>,
    reason: String,
}

impl std::error::Error for Missing {}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.programs.iter().map(|program| program.name).collect();
        let packages = packages(&self.programs)
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ");
        write!(
            f,
            "missing here: {} ({}); on Debian and Ubuntu: \
             apt-get install -y --no-install-recommends {packages}",
            names.join(", "),
            self.reason,
        )
    }
}

/// Makes sure that the host has every program that the lab's nodes need.
///
/// # Errors
/// As [`ensure_programs`].
pub fn ensure(topology: &Topology) -> Result<()> {
    ensure_programs(&of_recipes(topology.images()))
}

/// Makes sure that the host has these programs.
///
/// On Debian and Ubuntu, as root, missing packages are installed without starting their daemons,
/// and a line on stderr says so.
///
/// # Errors
/// [`Missing`], with the command that installs them.
pub fn ensure_programs(needed: &[Program]) -> Result<()> {
    // Two tests that miss the same package install it once.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let programs = missing(needed);
    if programs.is_empty() {
        return Ok(());
    }
    let reason = if env::var(INSTALL_VARIABLE).is_ok_and(|value| value == "never") {
        format!("not installed, as {INSTALL_VARIABLE}=never says")
    } else if !is_here("apt-get") {
        "this system has no apt-get".to_owned()
    } else {
        match install(&programs) {
            Ok(()) => "apt-get brought packages without them".to_owned(),
            Err(error) => format!("{error}"),
        }
    };
    let programs = missing(needed);
    if programs.is_empty() {
        Ok(())
    } else {
        Err(Missing { programs, reason }.into())
    }
}

/// The programs that these recipes need, and those that every node needs.
pub fn of_recipes<'a>(recipes: impl Iterator<Item = &'a Recipe>) -> Vec<Program> {
    recipes
        .flat_map(|recipe| recipe.programs)
        .chain(EVERYWHERE)
        .copied()
        .collect()
}

/// Those of the programs that the host lacks, sorted.
#[must_use]
pub fn missing(needed: &[Program]) -> Vec<Program> {
    let absent = needed
        .iter()
        .copied()
        .filter(|program| !is_here(program.name));
    absent.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Looks where nodes look: what only this user's `PATH` has is not found in a node.
fn is_here(program: &str) -> bool {
    PATH.split(':').any(|folder| {
        let file = Path::new(folder).join(program);
        fs::metadata(file)
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    })
}

fn packages(programs: &[Program]) -> BTreeSet<&'static str> {
    programs.iter().map(|program| program.package).collect()
}

fn install(programs: &[Program]) -> Result<()> {
    let packages = packages(programs);
    let list = packages.iter().copied().collect::<Vec<_>>().join(" ");
    eprintln!("installing what the lab needs and this machine lacks: {list}");
    let _policy = NoDaemons::declare()?;
    let install: Vec<_> = ["install", "-y", "--no-install-recommends"]
        .into_iter()
        .chain(packages)
        .collect();
    // The package lists may be absent or old: they are fetched when the first try fails.
    let done = apt_get(&install).or_else(|_| apt_get(&["update"]).and_then(|()| apt_get(&install)));
    done.doing(|| format!("install {list}"))
}

fn apt_get(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("apt-get")
        .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said
        .lines()
        .rev()
        .find(|line| line.starts_with("E:"))
        .unwrap_or("no reason given");
    Err(io::Error::other(last.to_owned()))
}

/// While this lives, packages do not start their daemons: a lab's BIRD runs in the lab, not on the
/// host.
struct NoDaemons {
    policy: Arc<Policy>,
}

/// Our answer to packages that ask, if the host has none of its own.
#[derive(Default)]
struct Policy {
    withdrawn: Mutex<bool>,
}

impl NoDaemons {
    fn declare() -> Result<Self> {
        let declared = Self {
            policy: Arc::default(),
        };
        guard::watch(declared.policy.clone())?;
        declared
            .policy
            .write()
            .doing(|| format!("write {START_POLICY}"))?;
        Ok(declared)
    }
}

impl Policy {
    /// 101 is the specification's "action forbidden by policy".
    const TEXT: &str = "#!/bin/sh\n# While a Bellwether lab installs its tools.\nexit 101\n";

    fn write(&self) -> io::Result<()> {
        let withdrawn = self
            .withdrawn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *withdrawn || Path::new(START_POLICY).exists() {
            return Ok(());
        }
        fs::write(START_POLICY, Self::TEXT)?;
        fs::set_permissions(START_POLICY, Permissions::from_mode(0o755))
    }
}

impl Undo for Policy {
    /// Goes by the text: a file of the host stays, and one that a kill has left of ours goes.
    fn undo(&self) -> Result<()> {
        let mut withdrawn = self
            .withdrawn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *withdrawn = true;
        if fs::read_to_string(START_POLICY).is_ok_and(|text| text == Self::TEXT) {
            fs::remove_file(START_POLICY).doing(|| format!("remove {START_POLICY}"))?;
        }
        Ok(())
    }
}

impl Drop for NoDaemons {
    fn drop(&mut self) {
        if let Err(error) = self.policy.undo() {
            eprintln!("{error}");
        }
        guard::forget(&self.policy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_installed_is_named_with_the_command_that_does() {
        let programs = vec![
            Program {
                name: "bird",
                package: "bird2",
            },
            Program {
                name: "birdc",
                package: "bird2",
            },
            Program {
                name: "curl",
                package: "curl",
            },
        ];
        let missing = Missing {
            programs,
            reason: "why".to_owned(),
        };
        assert_eq!(
            missing.to_string(),
            "missing here: bird, birdc, curl (why); on Debian and Ubuntu: \
             apt-get install -y --no-install-recommends bird2 curl"
        );
    }

    #[test]
    fn a_shell_is_found_and_nonsense_is_not() {
        assert!(is_here("sh"));
        assert!(!is_here("no-such-program-anywhere"));
    }
}
