//! What every command needs: flags, clock, folders, account, client.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use thordata_cdk::{Client, UnreadableRows};
use thordata_cdk_issuer::{Issuer, IssuerOptions};

use crate::account::{self, Account, DEFAULT_PROFILE, Folders, Source, Sourced};
use crate::args::Global;
use crate::demo::Demo;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::orders::book::{self, Book, Place};
use crate::output::{Column, Format, OutputOptions, Rows};
use crate::records::log::Entry;
use crate::records::{self, Records};
use crate::secure_fs;
use crate::time::Clock;
use crate::ui::Ui;

/// The library's default.
const LIST_TIMEOUT: Duration = Duration::from_secs(3600);

/// The variable that `--store` is read from too.
const STORE: &str = "THORDATA_CDK_STORE";

pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) ui: Ui,
    pub(crate) clock: Clock,
    profile: String,
    demo: Option<Demo>,
    account: OnceCell<Account>,
}

impl Context {
    pub(crate) async fn new(global: Global) -> anyhow::Result<Self> {
        let clock = Clock::start();
        let ui = Ui::new(global.color);
        let from_environment = std::env::var(STORE).ok();
        if let Some(store) = &global.store
            // clap fills `--store` from the variable too, and that one is not in the list of
            // processes.
            && from_environment.as_deref() != Some(store)
            && book::has_password(store)
        {
            ui.warn(format!(
                "other users of this machine can see the password in --store; put the URL into {STORE} instead"
            ));
        }
        let demo = match global.sandbox {
            true => Some(Demo::start(clock.now, clock.fixed)?),
            false => None,
        };
        let profile = match &global.profile {
            Some(named) => named.clone(),
            None => {
                // No error without a home folder: `--sandbox` needs none.
                let chosen = Folders::find().ok().and_then(|folders| folders.chosen());
                chosen.unwrap_or_else(|| DEFAULT_PROFILE.to_owned())
            }
        };
        let context = Self {
            ui,
            profile,
            global,
            clock,
            demo,
            account: OnceCell::new(),
        };
        // Only now: the store is bound to the account of the sandbox, which `context` knows.
        if let Some(demo) = &context.demo {
            let issuer = context.issuer(IssuerOptions::shared()).await?;
            demo.record(&issuer).await?;
        }
        Ok(context)
    }

    pub(crate) fn profile(&self) -> &str {
        &self.profile
    }

    /// The account, from wherever it is known; on a terminal it is asked for in the end.
    pub(crate) fn account(&self) -> Result<&Account, Failure> {
        if let Some(account) = self.account.get() {
            return Ok(account);
        }
        let account = self.find_account()?;
        Ok(self.account.get_or_init(|| account))
    }

    fn find_account(&self) -> Result<Account, Failure> {
        if let Some(demo) = &self.demo {
            let known = |value: &str| Sourced {
                value: value.to_owned(),
                source: Source::Sandbox,
            };
            let secrets = demo.sandbox.credentials();
            return Ok(Account {
                token: known(&secrets.token),
                key: known(&secrets.key),
                base_url: known(demo.sandbox.base_url()),
            });
        }
        // A profile of `profiles use` is not named: credentials in the environment come before it.
        let named = self.global.profile.is_some();
        if let Some(account) = Account::find(&Folders::find()?, self.profile(), named)? {
            return Ok(account);
        }
        if named {
            return Err(account::no_such_profile(&Folders::find()?, self.profile()));
        }
        if !self.ui.interactive {
            return Err(account::missing());
        }
        self.ui
            .note("No credentials are stored; `thordata-cdk login` would store them.");
        let typed = |what| {
            Ok::<_, Failure>(Sourced {
                value: account::ask_hidden(&self.ui, what)?,
                source: Source::Prompt,
            })
        };
        Ok(Account {
            token: typed("token")?,
            key: typed("key")?,
            base_url: account::base_url_without_file()?,
        })
    }

    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let account = self.account()?;
        Ok(Client::builder(account.credentials()?)
            .base_url(&account.base_url.value)
            .allow_plain_http(self.global.allow_plain_http)
            .timeout(self.global.timeout)
            // The library gives a purchase longer than a read; `--timeout` says one time for every
            // request.
            .create_timeout(self.global.timeout)
            // `--timeout` bounds lists too: the library's own limit must not end one before it.
            .list_timeout(self.global.timeout.max(LIST_TIMEOUT))
            .get_params_in_body(self.global.get_params_in_body)
            .max_response_bytes(self.global.max_response_bytes)
            .user_agent(concat!("thordata-cdk-cli/", env!("CARGO_PKG_VERSION")))
            .build()?)
    }

    /// How a command ends that lists vouchers: rows that cannot be read are left out and reported.
    pub(crate) fn left_out(&self, rows: &UnreadableRows) -> Exit {
        if rows.is_empty() {
            return Exit::Success;
        }
        self.ui.warn(format!("{rows}; they are left out"));
        Exit::Partial
    }

    /// Where the store of this profile is, or will be.
    pub(crate) fn data_folder(&self) -> Result<PathBuf, Failure> {
        match &self.demo {
            Some(demo) => Ok(demo.data()),
            None => Ok(Folders::find()?.profile_data(self.profile())),
        }
    }

    /// That folder; it is created if it is missing.
    pub(crate) fn data(&self) -> anyhow::Result<PathBuf> {
        let folder = self.data_folder()?;
        secure_fs::make_folder(&folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        Ok(folder)
    }

    /// The store of orders, made if it is not there.
    pub(crate) async fn issuer(&self, options: IssuerOptions) -> anyhow::Result<Issuer> {
        let place = match self.named_store() {
            Some(named) => Place::named(named),
            None => Place::File(self.data()?.join(book::FILE)),
        };
        book::open(self.client()?, &place, options).await
    }

    /// What the store knows of vouchers.
    pub(crate) async fn book(&self) -> anyhow::Result<Book> {
        let place = match self.named_store() {
            Some(named) => Place::named(named),
            None => Place::File(self.data_folder()?.join(book::FILE)),
        };
        Book::read(self.client()?, &place, self.records_if_any()?).await
    }

    /// What is kept beside the orders, made if it is not there.
    pub(crate) fn records(&self) -> anyhow::Result<Records> {
        // The folder of a file that `--store` names is the user's own: it is not made.
        if !matches!(self.named_store().map(Place::named), Some(Place::File(_))) {
            self.data()?;
        }
        Records::open(&self.records_place()?)
    }

    /// The same for those who only read it.
    pub(crate) fn records_if_any(&self) -> anyhow::Result<Option<Records>> {
        Records::open_existing(&self.records_place()?)
    }

    /// Writes a decision about an order into the log, with what it has come to.
    pub(crate) fn log_decision(
        &self,
        action: &str,
        order: &str,
        count: Option<usize>,
    ) -> anyhow::Result<()> {
        let entry = Entry {
            at: self.clock.current(),
            action: action.to_owned(),
            account: self.whose()?,
            order: Some(order.to_owned()),
            count: count.map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
            result: Some("done".to_owned()),
            ..Entry::default()
        };
        self.records()?.begin_log(&[(entry, None)]).map(drop)
    }

    /// Beside the store: in the profile's folder, or beside the file that --store names. With a database they stay on
    /// this machine.
    fn records_place(&self) -> Result<PathBuf, Failure> {
        match self.named_store().map(Place::named) {
            Some(Place::File(store)) => {
                let mut name = store.into_os_string();
                // Not in place of the ending: `a.db` and `a.sqlite` would share their records.
                name.push(".records");
                Ok(PathBuf::from(name))
            }
            _ => Ok(self.data_folder()?.join(records::FILE)),
        }
    }

    /// Which account, in words: the end of its token, its profile if that is where it comes from, and the host.
    pub(crate) fn whose(&self) -> Result<String, Failure> {
        if self.demo.is_some() {
            return Ok("the sandbox".to_owned());
        }
        let account = self.account()?;
        let profile = match account.token.source {
            Source::File(_) => format!("profile {}, ", self.profile()),
            _ => String::new(),
        };
        let end = account::last_four(&account.token.value);
        let url = &account.base_url.value;
        let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
        Ok(format!("{profile}account {end} at {host}"))
    }

    /// What `--store` or the environment names. The sandbox's orders never go into it: a new store belongs to the
    /// account that uses it first.
    fn named_store(&self) -> Option<&str> {
        match self.demo {
            Some(_) => None,
            None => self.global.store.as_deref(),
        }
    }

    /// A key for an order whose caller named none: the day, and six letters and digits.
    pub(crate) fn new_key(&self) -> String {
        // With the same key twice, the second order would print the first one's codes and buy
        // nothing.
        let random: String = std::iter::repeat_with(fastrand::alphanumeric)
            .take(6)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        format!("{}-{random}", self.clock.day(self.clock.current()))
    }

    pub(crate) fn rows(&self, columns: &[Column], default: Format) -> Result<Rows, Failure> {
        Rows::begin(&self.settings(), columns, default)
    }

    /// The same for output that goes on where an earlier run ended: a file that holds something has its heading.
    pub(crate) fn rows_to_append(
        &self,
        columns: &[Column],
        default: Format,
    ) -> Result<Rows, Failure> {
        let mut settings = self.settings();
        settings.headed = crate::output::standard_output_holds_something();
        Rows::begin(&settings, columns, default)
    }

    pub(crate) fn settings(&self) -> OutputOptions {
        OutputOptions {
            format: self.global.output,
            fields: self.global.fields.clone(),
            bold: self.ui.color_out,
            headed: false,
            width: self.ui.width,
            clock: self.clock.clone(),
        }
    }
}
