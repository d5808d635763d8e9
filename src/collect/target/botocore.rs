//! The regions that a botocore lists for CodeCommit.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::fact::Fact;
use crate::system::{FILE_LIMIT, System};

/// `data/endpoints.json`, as far as it matters here; the rest is skipped while it is read.
#[derive(Deserialize)]
struct Endpoints {
    partitions: Vec<Partition>,
}

#[derive(Deserialize)]
struct Partition {
    regions: HashMap<String, IgnoredAny>,
    services: Services,
}

#[derive(Deserialize)]
struct Services {
    codecommit: Option<Service>,
}

#[derive(Deserialize)]
struct Service {
    endpoints: HashMap<String, IgnoredAny>,
}

/// The regions that the botocore in `site_packages` lists for CodeCommit, sorted: those endpoints of the service that
/// are regions of their partition (`EndpointResolver.get_available_endpoints`). Unavailable when there is no such file.
/// It has more than a megabyte: read it only when a target needs it.
pub fn botocore_regions(system: &dyn System, site_packages: &Path) -> Fact<Vec<String>> {
    let path = site_packages.join("botocore").join("data").join("endpoints.json");
    let content = match system.read(&path, FILE_LIMIT) {
        Ok(content) => content,
        Err(error) => return Fact::Unavailable(format!("{}: {error}", path.display())),
    };
    let endpoints: Endpoints = match serde_json::from_slice(&content) {
        Ok(endpoints) => endpoints,
        Err(error) => return Fact::Unavailable(format!("{}: {error}", path.display())),
    };
    let of_partition = |partition: Partition| {
        let names = partition.services.codecommit.map(|service| service.endpoints).unwrap_or_default().into_keys();
        names.filter(|name| partition.regions.contains_key(name)).collect::<Vec<_>>()
    };
    let mut regions: Vec<_> = endpoints.partitions.into_iter().flat_map(of_partition).collect();
    regions.sort();
    Fact::Known(regions)
}
