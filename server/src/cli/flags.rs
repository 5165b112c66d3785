//! What `flags` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `flags`.
#[derive(Debug, Args)]
pub struct FlagsArgs {
    /// Address as `serve` prints it [default: the server of the project in this folder]
    #[arg(long, value_name = "URL", global = true)]
    pub server: Option<String>,
    /// The project's token, where the address does not have it
    #[arg(long, global = true)]
    pub token: Option<String>,
    /// Certificate of the authority that vouches for an https server [default: those of the system and this user's own]
    #[arg(long, value_name = "FILE", global = true)]
    pub ca: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: FlagsCommand,
}

/// What to do with flags.
#[derive(Debug, Subcommand)]
pub enum FlagsCommand {
    /// Show all flags, or one
    Get {
        /// The flag
        name: Option<String>,
    },
    /// Give a flag another value, for all clients or for some
    Set(SetArgs),
    /// Take a rule away
    Remove {
        /// The flag
        name: String,
        /// Number of the rule, as `get` shows it
        #[arg(long, value_name = "NUMBER")]
        rule: String,
    },
    /// Give all clients the flag's `off` value, whatever its rules say
    Kill {
        /// The flag
        name: String,
    },
    /// Let the rules of a killed flag count again
    Revive {
        /// The flag
        name: String,
    },
    /// Show changes of flags as they happen, after those that the server has kept
    Watch,
}

/// Arguments of `flags set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// The flag
    pub name: String,
    /// The value, unless --rule names one that has it
    #[arg(allow_negative_numbers = true)]
    pub value: Option<String>,
    /// For so many clients; the same ones keep it when more get it
    #[arg(long, value_name = "PERCENT")]
    pub percent: Option<String>,
    /// For clients that are so, such as browser=firefox|chrome,version>=120,mobile=false
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Rules with the same salt begin with the same clients [default: the name of the flag]
    #[arg(long, value_name = "TEXT")]
    pub salt: Option<String>,
    /// Try it: raise the percentage step by step while those who have it fail and trap no more often than the others
    #[arg(long, value_name = "PERCENTAGES")]
    pub trial: Option<String>,
    /// Clients that each step of the trial waits for, on both sides [default: 50]
    #[arg(long, value_name = "NUMBER")]
    pub sessions: Option<String>,
    /// Change the percentage of the rule with this number
    #[arg(long, value_name = "NUMBER")]
    pub rule: Option<String>,
}
