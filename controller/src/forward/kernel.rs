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
const READ_TRIES: usize = 10;

/// The kernel's tables, and what is known to be in them.
///
/// Holds one netlink socket for as long as it lives. Where the kernel knows owners (Linux 6.9),
/// the tables belong to that socket: nobody else can change or flush them. When it is dropped
/// they stay as they are, and the next `open` adopts them. All calls block, for microseconds.
pub struct Kernel {
    socket: Socket,
    flags: u32,
    known: Option<Known>,
}

/// What was found or made in both families.
struct Known {
    tables: BTreeMap<Family, Found>,
    /// Set while it is what was read: the next transaction holds only if nobody else made one
    /// in between.
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
    /// If the kernel refuses because the tables are not as they are known, which happens only
    /// where it knows no owners, they are read again and brought in line.
    ///
    /// # Errors
    ///
    /// `Refused` names the message and the element.
    pub fn apply(&mut self, desired: &Desired) -> Result<Applied, KernelError> {
        let wanted = Family::ALL.map(|family| (family, plan(desired, family)));
        match self.try_apply(&wanted) {
            Err(KernelError::Refused(refused)) if is_stale(refused.errno) => {
                self.known = None;
                self.try_apply(&wanted)
            }
            result => result,
        }
    }

    fn try_apply(&mut self, wanted: &[(Family, Contents)]) -> Result<Applied, KernelError> {
        let mut known = match self.known.take() {
            Some(known) => known,
            None => self.read()?,
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
            known.generation = None;
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
        for _ in 0..READ_TRIES {
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
                    // From here on nobody else can change what was read. A table that is not
                    // ours yet, they can: it is read again.
                    known.generation = None;
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
        for _ in 0..READ_TRIES {
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

/// Refusals which say that the tables are not as they are known.
fn is_stale(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::ERESTART | Errno::ENOENT | Errno::EEXIST | Errno::EPERM
    )
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
