use bellwether_proto::v1::WithdrawRequest;

use crate::connect::{Speaker, answer};
use crate::error::Error;
use crate::model::Applied;
use crate::output::{self, Format};
use crate::prefix::Prefix;

/// Takes routes out of the owner's set.
pub(super) async fn run(
    mut speaker: Speaker,
    format: Format,
    prefixes: Vec<Prefix>,
    owner: String,
) -> Result<(), Error> {
    let request = WithdrawRequest {
        owner: owner.clone(),
        prefixes: prefixes.iter().map(Prefix::to_string).collect(),
    };
    let applied = Applied::from(answer(speaker.withdraw(request)).await?);
    output::write(&match format {
        Format::Json => output::document(&applied)?,
        Format::Table | Format::Wide => sentence(&applied, &owner),
    })
}

fn sentence(applied: &Applied, owner: &str) -> String {
    let Applied {
        generation,
        added: _, // withdrawing does nothing but remove
        changed: _,
        removed,
        unchanged: _,
    } = applied;
    format!("{removed} withdrawn (owner {owner}, generation {generation})\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_how_many_and_whose() {
        let applied = Applied {
            generation: 8,
            added: 0,
            changed: 0,
            removed: 2,
            unchanged: 0,
        };
        assert_eq!(
            sentence(&applied, "cli"),
            "2 withdrawn (owner cli, generation 8)\n"
        );
    }
}
