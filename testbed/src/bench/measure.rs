//! What a daemon costs: processor time and memory, as the kernel accounts for them.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::time::ClockId;
use nix::unistd::Pid;

/// Of all processes of a daemon together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cost {
    /// Since they began, of all their threads, in user and kernel mode.
    pub(crate) cpu: Duration,
    /// Resident, in bytes.
    pub(crate) resident: u64,
}

/// What these processes have cost until now. One that ends meanwhile is left out.
///
/// The kernel's clock of a process counts nanoseconds; `/proc/PID/stat` counts ticks of 10 ms,
/// which is more than some cases take.
pub(crate) fn cost(processes: &[Pid]) -> Result<Cost> {
    let mut total = Cost::default();
    for &pid in processes {
        let Some(status) = status(pid) else {
            continue;
        };
        let clock = ClockId::pid_cpu_clock_id(pid).and_then(ClockId::now);
        total.cpu += Duration::from(clock.with_context(|| format!("the CPU time of {pid}"))?);
        total.resident += status;
    }
    Ok(total)
}

/// Resident memory; none when there is no such process or it has none, as a zombie.
fn status(pid: Pid) -> Option<u64> {
    resident(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// The line `VmRSS` of `/proc/PID/status`, in bytes (proc_pid_status(5)).
fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_read_in_bytes() {
        let status = "Name:\tbird\nVmRSS:\t    2048 kB\nThreads:\t1\n";
        assert_eq!(resident(status), Some(2 << 20));
        assert_eq!(resident("Name:\tzombie\n"), None);
    }

    #[test]
    fn this_process_costs_something() {
        let cost = cost(&[Pid::this()]).unwrap();
        assert!(cost.resident > 0 && cost.cpu > Duration::ZERO);
    }
}
