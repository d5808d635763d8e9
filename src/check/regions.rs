//! The table of regions, endpoints and published host key fingerprints (`checks/regions.yaml`).

use std::path::Path;

use serde::Deserialize;

/// The table as embedded, with overlays laid over it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionTable {
    /// All regions in the order of the file.
    pub regions: Vec<Region>,
}

/// One region in which CodeCommit exists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Name, such as `us-east-1`.
    pub name: String,
    /// Name for people, such as `US East (N. Virginia)`.
    #[serde(default)]
    pub title: Option<String>,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    #[serde(default)]
    pub partition: Option<String>,
    /// Host of SSH and HTTPS URLs.
    #[serde(default)]
    pub git_host: Option<String>,
    /// Host of FIPS HTTPS URLs; most regions have none.
    #[serde(default)]
    pub fips_host: Option<String>,
    /// Fingerprints of the region's RSA host key.
    #[serde(default)]
    pub ssh_fingerprints: Fingerprints,
}

/// The published fingerprints of one host key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprints {
    /// MD5 as colon-separated lower-case hex.
    #[serde(default)]
    pub md5: Option<String>,
    /// SHA256 as unpadded base64, without the `SHA256:` prefix.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The SHA256 is printed with one character missing (us-gov-east-1): compare the MD5 instead.
    #[serde(default)]
    pub sha256_misprinted: bool,
}

/// The file that is embedded in the binary.
const EMBEDDED: &str = include_str!("../../checks/regions.yaml");

impl RegionTable {
    /// The embedded table.
    ///
    /// # Errors
    /// Only when `checks/regions.yaml` of this build is broken, which a test rules out.
    pub fn embedded() -> Result<Self, String> {
        Self::parse(EMBEDDED, Path::new("checks/regions.yaml"))
    }

    /// Parses a table; the error names the file, line and column.
    ///
    /// # Errors
    /// When the text is not a table of regions.
    pub fn parse(text: &str, path: &Path) -> Result<Self, String> {
        serde_yaml::from_str(text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Lays another table over this one: entries are matched by name, the keys given replace the present ones, new
    /// names are added.
    pub fn overlay(&mut self, other: Self) {
        for new in other.regions {
            match self.regions.iter_mut().find(|region| region.name == new.name) {
                Some(region) => region.overlay(new),
                None => self.regions.push(new),
            }
        }
    }

    /// The region of that name.
    pub fn by_name(&self, name: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.name == name)
    }

    /// The region whose git or FIPS host this is, compared without regard to case.
    pub fn by_host(&self, host: &str) -> Option<&Region> {
        self.regions.iter().find(|region| {
            [&region.git_host, &region.fips_host].into_iter().flatten().any(|h| h.eq_ignore_ascii_case(host))
        })
    }
}

impl Region {
    fn overlay(&mut self, new: Self) {
        let replace = |old: &mut Option<String>, new: Option<String>| {
            if new.is_some() {
                *old = new;
            }
        };
        replace(&mut self.title, new.title);
        replace(&mut self.partition, new.partition);
        replace(&mut self.git_host, new.git_host);
        replace(&mut self.fips_host, new.fips_host);
        if new.ssh_fingerprints != Fingerprints::default() {
            self.ssh_fingerprints = new.ssh_fingerprints;
        }
    }
}

impl Fingerprints {
    /// Whether a host key with these fingerprints is the published one. A misprinted SHA256 is not looked at.
    /// Null when nothing is published.
    pub fn matches(&self, sha256: &str, md5: &str) -> Option<bool> {
        match (&self.sha256, &self.md5) {
            (Some(published), _) if !self.sha256_misprinted => Some(published == sha256),
            (_, Some(published)) => Some(published.eq_ignore_ascii_case(md5)),
            _ => None,
        }
    }
}
