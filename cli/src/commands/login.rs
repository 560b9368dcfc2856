//! `login`: stores credentials.

use std::io::{self, BufRead as _};

use clap::Args;
use thordata_cdk::{CdkStatus, Client, Credentials};

use crate::account::{self, Folders, Profile};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Store an account's token and key in a profile file
///
/// Both are on the vendor's dashboard under "My Account". They are typed in without being shown, or read
/// from two lines of standard input; never from arguments, which others can see. The file is readable by
/// its owner alone.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Read the token and the key from the first two lines of standard input
    #[arg(long)]
    from_stdin: bool,

    /// Another host than the vendor's; the credentials are sent to no other
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// Do not try the credentials with a read-only request
    #[arg(long)]
    no_check: bool,
}

const EXAMPLES: &str = "\
Examples:
  $ thordata-cdk login --from-stdin < secrets.txt
  $ thordata-cdk login --profile second-account --from-stdin --no-check < secrets.txt";

pub(crate) async fn run(context: &Context, options: Options) -> anyhow::Result<Exit> {
    if context.global.sandbox {
        return Err(Failure::usage("a sandbox needs no login")
            .next("leave --sandbox out")
            .into());
    }
    let (token, key) = secrets(context, options.from_stdin)?;
    let base_url = match options.base_url {
        Some(url) => url,
        None => account::base_url_without_file()?.value,
    };
    let credentials = Credentials::new(&token, &key)?;
    // Built even if it is not used: a base URL that is none is found out here.
    let client = Client::builder(credentials)
        .base_url(&base_url)
        .allow_plain_http(context.global.allow_plain_http)
        .timeout(context.global.timeout)
        .max_response_bytes(context.global.max_response_bytes)
        .build()?;
    // Before it is stored: a slip must not replace credentials that work.
    if !options.no_check {
        check(&client).await?;
    }
    let path = Folders::find()?.profile_file(context.profile());
    let host = base_url.clone();
    Profile::new(token, key, base_url).store(&path)?;
    let name = context.profile();
    context.ui.note(format!(
        "Stored as profile `{name}` for {host}, in {}.",
        path.display()
    ));
    Ok(Exit::Success)
}

fn secrets(context: &Context, from_stdin: bool) -> anyhow::Result<(String, String)> {
    if from_stdin {
        let mut lines = io::stdin().lock().lines();
        let mut next = |what: &str| {
            let line = lines
                .next()
                .transpose()?
                .unwrap_or_default()
                .trim()
                .to_owned();
            match line.is_empty() {
                true => Err(Failure::usage(format!("standard input holds no {what}"))
                    .next("give the token on its first line and the key on its second")
                    .into()),
                false => Ok::<_, anyhow::Error>(line),
            }
        };
        return Ok((next("token")?, next("key")?));
    }
    if !context.ui.interactive {
        return Err(
            Failure::usage("this is not a terminal, so nothing can be typed in")
                .next("add --from-stdin and give the token and the key on two lines")
                .into(),
        );
    }
    Ok((
        account::ask_hidden(&context.ui, "token")?,
        account::ask_hidden(&context.ui, "key")?,
    ))
}

async fn check(client: &Client) -> anyhow::Result<()> {
    client.list(CdkStatus::Revoked).await.map_err(|error| {
        let mut failure = Failure::of_client(&error);
        failure.why.push("nothing was stored".to_owned());
        if !error.is_auth() {
            failure.next = Some("try again, or add --no-check to store them untried".to_owned());
        }
        failure
    })?;
    Ok(())
}
