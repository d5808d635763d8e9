//! What the AWS APIs say of the login of a target.

use crate::collect::aws::AwsState;
use crate::collect::live::Tries;
use crate::fact::Fact;
use crate::fact::access::AwsAnswers;
use crate::fact::target::Target;

/// Asks STS, IAM and CodeCommit.
pub fn ask(_tries: &Tries<'_>, _aws: &AwsState, _target: &Target) -> Fact<AwsAnswers> {
    Fact::Unavailable("not built yet".into())
}
