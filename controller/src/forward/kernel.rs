//! The tables in the kernel: read once, then changed element by element.

use std::collections::BTreeMap;

use nix::errno::Errno;

use super::contents::{Contents, Family, SetName};
use super::diff::{Delta, diff};
use super::error::{Deed, KernelError};
use super::layout;
use super::model::Desired;
use super::nft::batch::Batch;
use super::nft::message::Table;
use super::nft::socket::Socket;
use super::observe::{Found, TABLE, comment, observe};
use super::plan::plan;
use super::probe;

/// How often the tables are read again when others change the rule set meanwhile.
const TRIES: usize = 10;

/// The kernel's tables, and what is known to be in them.
///
/// Holds one netlink socket for as long as it lives. Where the kernel knows owners (Linux 6.9),
/// the tables belong to that socket: nobody else can change or flush them. When it is dropped
/// they stay as they are, and the next `open` adopts them. All calls block: a change for
/// microseconds, loading ten thousand Services for some tens of milliseconds.
pub struct Kernel {
    socket: Socket,
    flags: u32,
    known: Option<Known>,
}

/// What was found or made in both families.
struct Known {
    tables: BTreeMap<Family, Found>,
    /// The generation of the rule set at which this is true. None once the tables belong to our
    /// socket: then nobody else can make it untrue.
    generation: Option<u32>,
}

/// What `apply` changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Elements added; a replaced element counts as deleted and added.
    pub added: usize,
    /// Elements deleted.
    pub deleted: usize,
    /// Families whose table was built from scratch.
    pub rebuilt: Vec<Family>,
}

impl Applied {
    /// Whether everything was in place already.
    pub fn is_empty(&self) -> bool {
        *self == Applied::default()
    }
}

impl Kernel {
    /// Opens the kernel's tables in the network namespace of the calling thread: asks whether the
    /// kernel has all that is needed, reads what an earlier process left, and takes it over.
    /// Changes nothing of it.
    ///
    /// # Errors
    ///
    /// `Lacks` if a module is missing, `Owned` if another process has the tables (also if it is
    /// just ending), `Netlink` without the capability `CAP_NET_ADMIN`.
    pub fn open() -> Result<Kernel, KernelError> {
        let mut socket = Socket::open()?;
        let flags = probe::table_flags(&mut socket)?;
        for family in Family::ALL {
            probe::probe(&mut socket, family)?;
        }
        Kernel::open_with(socket, flags)
    }

    fn open_with(socket: Socket, flags: u32) -> Result<Kernel, KernelError> {
        let mut kernel = Kernel {
            socket,
            flags,
            known: None,
        };
        kernel.adopt()?;
        Ok(kernel)
    }

    /// Whether the tables are safe from changes by others.
    pub fn is_owner(&self) -> bool {
        self.flags != 0
    }

    /// Makes the tables hold what is desired: one transaction for both families, all of it in
    /// force at once, or nothing. Established connections are not touched. Sends nothing if all is
    /// in place.
    ///
    /// Where the kernel knows no owners, others may have changed the tables: they are read again
    /// if anything in the rule set changed since, and brought in line.
    ///
    /// # Errors
    ///
    /// `Refused` names the message and the element.
    pub fn apply(&mut self, desired: &Desired) -> Result<Applied, KernelError> {
        let wanted = Family::ALL.map(|family| (family, plan(desired, family)));
        for _ in 0..TRIES {
            match self.try_apply(&wanted) {
                Err(KernelError::Refused(refused)) if refused.errno == Errno::ERESTART => {}
                result => return result,
            }
        }
        Err(KernelError::Unsettled)
    }

    fn try_apply(&mut self, wanted: &[(Family, Contents)]) -> Result<Applied, KernelError> {
        let mut known = match self.known.take() {
            Some(known) if self.is_true(&known)? => known,
            _ => self.read()?,
        };
        let mut batch = Batch::new(known.generation);
        let mut applied = Applied::default();
        let mut deltas = Vec::new();
        for (family, wanted) in wanted {
            let found = known.tables.get(family).unwrap_or(&Found::Absent);
            let base = match found {
                Found::Ours(contents) => contents,
                Found::Absent | Found::Other => {
                    self.rebuild(&mut batch, *family, found);
                    applied.rebuilt.push(*family);
                    &Contents::default()
                }
            };
            let delta = diff(base, wanted);
            write_delta(&mut batch, *family, &delta);
            applied.added += delta.added();
            applied.deleted += delta.deleted();
            deltas.push((*family, delta));
        }
        if !batch.is_empty() {
            self.socket.commit(&mut batch)?;
            known.generation = self.next_generation(known.generation);
        }
        for (family, delta) in deltas {
            known.take_in(family, delta);
        }
        self.known = Some(known);
        Ok(applied)
    }

    /// Takes over the tables that are ours. What is not is built anew with the first `apply`, so
    /// that there is no moment without forwarding.
    fn adopt(&mut self) -> Result<(), KernelError> {
        for _ in 0..TRIES {
            let mut known = self.read()?;
            let mut batch = Batch::new(known.generation);
            for (family, found) in &known.tables {
                if matches!(found, Found::Ours(_)) && self.flags != 0 {
                    table(*family).add(&mut batch, self.flags, &comment(*family));
                }
            }
            if batch.is_empty() {
                self.known = Some(known);
                return Ok(());
            }
            match self.socket.commit(&mut batch) {
                Ok(()) => {
                    let all = known
                        .tables
                        .values()
                        .all(|found| matches!(found, Found::Ours(_)));
                    known.generation = self.next_generation(known.generation);
                    // A table that is not ours yet, others can still change: it is read again.
                    self.known = all.then_some(known);
                    return Ok(());
                }
                Err(KernelError::Refused(refused)) if refused.errno == Errno::ERESTART => {}
                Err(error) => return Err(error),
            }
        }
        Err(KernelError::Unsettled)
    }

    /// Reads both tables at one moment.
    fn read(&mut self) -> Result<Known, KernelError> {
        for _ in 0..TRIES {
            let generation = self.socket.generation()?;
            let mut tables = BTreeMap::new();
            for family in Family::ALL {
                if let Some(found) = observe(&mut self.socket, family, self.flags)? {
                    tables.insert(family, found);
                }
            }
            if tables.len() == Family::ALL.len() && self.socket.generation()? == generation {
                return Ok(Known {
                    tables,
                    generation: Some(generation),
                });
            }
        }
        Err(KernelError::Unsettled)
    }

    fn is_true(&mut self, known: &Known) -> Result<bool, KernelError> {
        match known.generation {
            Some(generation) => Ok(self.socket.generation()? == generation),
            None => Ok(true),
        }
    }

    /// The generation that our own transaction made of the one that it was bound to.
    fn next_generation(&self, generation: Option<u32>) -> Option<u32> {
        match self.flags {
            0 => generation.map(|generation| generation.wrapping_add(1)),
            _ => None,
        }
    }

    fn rebuild(&self, batch: &mut Batch, family: Family, found: &Found) {
        let table = table(family);
        if *found != Found::Absent {
            table.delete(batch);
        }
        table.add(batch, self.flags, &comment(family));
        for set in SetName::ALL {
            table.add_set(batch, set);
        }
        for chain in layout::chains(family) {
            table.add_chain(batch, &chain);
        }
    }
}

impl Known {
    fn take_in(&mut self, family: Family, delta: Delta) {
        let found = self.tables.entry(family).or_insert(Found::Absent);
        let mut contents = match std::mem::replace(found, Found::Absent) {
            Found::Ours(contents) => contents,
            Found::Absent | Found::Other => Contents::default(),
        };
        delta.apply_to(&mut contents);
        *found = Found::Ours(contents);
    }
}

fn table(family: Family) -> Table<'static> {
    Table {
        family,
        name: TABLE,
    }
}

fn write_delta(batch: &mut Batch, family: Family, delta: &Delta) {
    let table = table(family);
    for picker in &delta.pickers {
        table.add_chain(batch, &layout::picker_chain(family, *picker));
    }
    for (set, delta) in &delta.sets {
        table.elements(batch, Deed::Delete, *set, &delta.delete);
        table.elements(batch, Deed::Add, *set, &delta.add);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use nix::sched::{CloneFlags, unshare};

    use super::*;

    /// Runs in a thread with a network namespace of its own, as on a kernel without owners.
    fn without_owners<T: Send + 'static>(
        test: impl FnOnce(&mut Kernel) -> T + Send + 'static,
    ) -> T {
        let run = || {
            unshare(CloneFlags::CLONE_NEWNET).expect("the test needs root");
            test(&mut Kernel::open_with(Socket::open().unwrap(), 0).unwrap())
        };
        std::thread::spawn(run).join().unwrap()
    }

    fn nft(arguments: &[&str]) {
        assert!(
            Command::new("nft")
                .args(arguments)
                .status()
                .unwrap()
                .success()
        );
    }

    fn guarded(last: u8) -> Desired {
        Desired {
            vips: [[203, 0, 113, last].into()].into(),
            ..Desired::default()
        }
    }

    #[test]
    fn without_owners_a_flush_is_mended_by_the_next_apply() {
        without_owners(|kernel| {
            kernel.apply(&guarded(1)).unwrap();
            nft(&["flush", "ruleset"]);
            assert_eq!(kernel.apply(&guarded(1)).unwrap().rebuilt, Family::ALL);
            assert!(kernel.apply(&guarded(1)).unwrap().is_empty());
        });
    }

    #[test]
    fn without_owners_a_strangers_element_is_taken_out() {
        without_owners(|kernel| {
            kernel.apply(&guarded(1)).unwrap();
            nft(&[
                "add",
                "element",
                "ip",
                "bellwether",
                "guarded",
                "{ 192.0.2.1 }",
            ]);
            let applied = kernel.apply(&guarded(2)).unwrap();
            assert_eq!((applied.added, applied.deleted), (1, 2));
            assert_eq!(applied.rebuilt, []);
        });
    }

    #[test]
    fn without_owners_changes_of_ones_own_are_not_read_back() {
        without_owners(|kernel| {
            kernel.apply(&guarded(1)).unwrap();
            for last in 2..5 {
                kernel.apply(&guarded(last)).unwrap();
                let known = kernel.known.take().unwrap();
                assert!(kernel.is_true(&known).unwrap());
                kernel.known = Some(known);
            }
        });
    }
}
