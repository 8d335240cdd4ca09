//! What owners want whose routes are not announced as they want.
//!
//! The engine's table knows nothing of leases and drains: it is given what is to be announced. While an owner is
//! de-preferred it has the owner's routes as the last resort, under a name that sorts behind all names of owners, so that any
//! owner that is not de-preferred decides. What the owner said itself is kept here until it counts again.

use std::collections::BTreeMap;

use bellwether_bgp::egress::{RouteAttributes, Table};
use bellwether_bgp::net::Prefix;

use super::desired::Routes;
use super::standing::Standing;
use crate::model::Name;

/// Behind all that a [`Name`] may begin with.
const DEPREFERRED: char = '~';

#[derive(Debug, Default)]
pub(super) struct Shelf(BTreeMap<Name, Shelved>);

/// An owner that is not [`Standing::Active`].
#[derive(Debug)]
pub(super) struct Shelved {
    pub(super) standing: Standing,
    pub(super) routes: BTreeMap<Prefix, RouteAttributes>,
}

impl Shelf {
    pub(super) fn get(&self, owner: &Name) -> Option<&Shelved> {
        self.0.get(owner)
    }

    pub(super) fn get_mut(&mut self, owner: &Name) -> Option<&mut Shelved> {
        self.0.get_mut(owner)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &Shelved)> {
        self.0.iter()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn standing(&self, owner: &Name) -> Standing {
        self.0
            .get(owner)
            .map_or(Standing::Active, |shelved| shelved.standing)
    }

    /// Brings the owner's routes into another standing. They are in the table as they were or as they will be at any time:
    /// what is in both ways is not withdrawn in between.
    pub(super) fn place(
        &mut self,
        owner: &Name,
        standing: Standing,
        prepend: u8,
        table: &mut Table,
    ) {
        let before = self.standing(owner);
        let routes = match self.0.remove(owner) {
            Some(shelved) => shelved.routes,
            None => table
                .wanted_by(owner.as_str())
                .map(|(prefix, attributes)| (prefix, attributes.clone()))
                .collect(),
        };
        announce(owner, standing, &routes, prepend, table);
        if let Some(key) = key(owner, before).filter(|_| before != standing) {
            table.replace(&key, Routes::new());
        }
        if standing != Standing::Active {
            self.0.insert(owner.clone(), Shelved { standing, routes });
        }
    }
}

impl Shelved {
    /// Announces what is here, after a change of it.
    pub(super) fn announce(&self, owner: &Name, prepend: u8, table: &mut Table) {
        announce(owner, self.standing, &self.routes, prepend, table);
    }
}

/// The owner that the table calls like this, and how it stands.
pub(super) fn owner_of(key: &str) -> (&str, Standing) {
    match key.strip_prefix(DEPREFERRED) {
        Some(owner) => (owner, Standing::Depreferred),
        None => (key, Standing::Active),
    }
}

/// What the table calls the owner. `None`: it does not know of it.
pub(super) fn key(owner: &Name, standing: Standing) -> Option<String> {
    match standing {
        Standing::Active => Some(owner.to_string()),
        Standing::Depreferred => Some(format!("{DEPREFERRED}{owner}")),
        Standing::Withdrawn => None,
    }
}

fn announce(
    owner: &Name,
    standing: Standing,
    routes: &BTreeMap<Prefix, RouteAttributes>,
    prepend: u8,
    table: &mut Table,
) {
    let Some(key) = key(owner, standing) else {
        return;
    };
    let announced = routes.iter().map(|(prefix, attributes)| match standing {
        Standing::Depreferred => (*prefix, attributes.depreferred(prepend)),
        Standing::Active | Standing::Withdrawn => (*prefix, attributes.clone()),
    });
    table.replace(&key, announced.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREPEND: u8 = 2;

    struct World {
        shelf: Shelf,
        table: Table,
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn prefix() -> Prefix {
        "192.0.2.1/32".parse().unwrap()
    }

    fn with_med(med: u32) -> RouteAttributes {
        RouteAttributes {
            med: Some(med),
            ..RouteAttributes::default()
        }
    }

    fn world(owners: &[(&str, u32)]) -> World {
        let mut table = Table::new();
        for (owner, med) in owners {
            table.replace(owner, vec![(prefix(), with_med(*med))]);
        }
        World {
            shelf: Shelf::default(),
            table,
        }
    }

    impl World {
        fn place(&mut self, owner: &str, standing: Standing) {
            self.shelf
                .place(&name(owner), standing, PREPEND, &mut self.table);
        }

        fn in_force(&self) -> Option<RouteAttributes> {
            let route = self.table.route(prefix());
            route.map(|route| route.attributes.clone())
        }
    }

    #[test]
    fn the_only_owner_that_is_depreferred_is_announced_as_the_last_resort() {
        let mut world = world(&[("ada", 1)]);
        world.place("ada", Standing::Depreferred);
        assert_eq!(world.in_force(), Some(with_med(1).depreferred(PREPEND)));
    }

    #[test]
    fn an_owner_that_is_alive_decides_before_one_that_is_depreferred() {
        let mut world = world(&[("ada", 1), ("bob", 2)]);
        world.place("ada", Standing::Depreferred);
        assert_eq!(world.in_force(), Some(with_med(2)));
        world.place("bob", Standing::Depreferred);
        assert_eq!(world.in_force(), Some(with_med(1).depreferred(PREPEND)));
    }

    #[test]
    fn what_is_withdrawn_comes_back_as_it_was() {
        let mut world = world(&[("ada", 1)]);
        world.place("ada", Standing::Withdrawn);
        assert_eq!(world.in_force(), None);
        world.place("ada", Standing::Depreferred);
        assert_eq!(world.in_force(), Some(with_med(1).depreferred(PREPEND)));
        world.place("ada", Standing::Active);
        assert_eq!(world.in_force(), Some(with_med(1)));
        assert_eq!(world.shelf.iter().count(), 0);
    }

    #[test]
    fn no_name_of_an_owner_sorts_behind_one_that_is_depreferred() {
        let depreferred = key(&name("-"), Standing::Depreferred).unwrap();
        assert!("zzz" < depreferred.as_str());
        assert!(DEPREFERRED.to_string().parse::<Name>().is_err());
        assert_eq!(owner_of(&depreferred), ("-", Standing::Depreferred));
    }
}
