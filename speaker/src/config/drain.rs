use std::time::Duration;

use super::section::Section;
use crate::model::{DrainSettings, Problems};

/// `[drain]`: what de-preferring and draining are like.
pub(super) fn read(file: &mut Section, problems: &mut Problems) -> DrainSettings {
    let mut section = file.section("drain", problems);
    let default = DrainSettings::default();
    let prepend = section.integer("prepend", problems).map(prepend);
    let prepend = prepend.and_then(|prepend| problems.check(&section.key("prepend"), prepend));
    let mut time = |key, most: Duration| {
        let time = section.duration(key, problems)?;
        if time > most {
            let what = format!("{time:?} is more than {most:?}");
            problems.add(section.key(key), what);
        }
        Some(time)
    };
    let wait = time("wait", DrainSettings::MAX_WAIT);
    let grace = time("grace-period", DrainSettings::MAX_WAIT);
    section.finish(problems);
    DrainSettings {
        prepend: prepend.unwrap_or(default.prepend),
        wait: wait.unwrap_or(default.wait),
        grace: grace.unwrap_or(default.grace),
    }
}

fn prepend(value: i64) -> Result<u8, String> {
    let most = DrainSettings::MAX_PREPEND;
    match u8::try_from(value) {
        Ok(times) if times <= most => Ok(times),
        _ => Err(format!("{value} is not in 0 to {most}")),
    }
}
