//! Sentences of the page on which an operator sees how the node does.

use crate::health::{Breaker, Level, Part, Why};

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Health {
    pub(in crate::web) title: &'static str,
    /// Asks for the page again.
    pub(in crate::web) refresh: &'static str,
    /// With the time of the last look.
    pub(in crate::web) looked: fn(&str) -> String,
    /// With version and start of the process.
    pub(in crate::web) runs: fn(version: &str, since: &str) -> String,
    /// How many parts are broken, how many somebody should look at, and of how many nothing is known.
    pub(in crate::web) summed: fn(broken: usize, attention: usize, unmeasured: usize) -> String,
    /// In its place, where nobody has looked for a while.
    pub(in crate::web) stale: &'static str,
    pub(in crate::web) since: fn(&str) -> String,
    pub(in crate::web) level: fn(Level) -> &'static str,
    pub(in crate::web) part: fn(Part) -> &'static str,
    /// What is wrong, and what to do.
    pub(in crate::web) why: fn(Why) -> &'static str,
    pub(in crate::web) breaker: fn(Breaker) -> &'static str,
    pub(in crate::web) groups: Groups,
    pub(in crate::web) facts: Facts,
    pub(in crate::web) plots: Plots,
    /// Not measured, or not known.
    pub(in crate::web) unmeasured: &'static str,
    pub(in crate::web) yes: &'static str,
    pub(in crate::web) no: &'static str,
    pub(in crate::web) count: fn(u64) -> String,
    /// How many, and how many of them failed.
    pub(in crate::web) counted: fn(all: u64, failed: u64) -> String,
    /// A span from a histogram: milliseconds, and whether it was longer than that.
    pub(in crate::web) span: fn(millis: u128, is_more: bool) -> String,
    pub(in crate::web) minutes: fn(u64) -> String,
    /// By a channel, since the start so many were taken, the last at this time.
    pub(in crate::web) taken: fn(channel: &str, count: u64, last: Option<&str>) -> String,
    /// By a channel, one waits since this time, tried so often.
    pub(in crate::web) waiting: fn(channel: &str, since: &str, tries: u32) -> String,
    /// By a channel, so many were refused: the last references.
    pub(in crate::web) refused: fn(channel: &str, count: u64, references: &str) -> String,
    /// Free, and of how much, in gigabytes.
    pub(in crate::web) room: fn(free: f64, whole: f64) -> String,
    /// A step of the clock, in seconds, and when.
    pub(in crate::web) step: fn(seconds: f64, at: &str) -> String,
    /// Under the page.
    pub(in crate::web) note: &'static str,
}

/// Headings over the parts.
pub(in crate::web) struct Groups {
    pub(in crate::web) node: &'static str,
    pub(in crate::web) sources: &'static str,
}

/// Names of what was seen.
pub(in crate::web) struct Facts {
    pub(in crate::web) requests: &'static str,
    pub(in crate::web) half: &'static str,
    pub(in crate::web) most: &'static str,
    pub(in crate::web) entries: &'static str,
    pub(in crate::web) recorded: &'static str,
    pub(in crate::web) reserve: &'static str,
    pub(in crate::web) signed: &'static str,
    pub(in crate::web) signed_at: &'static str,
    pub(in crate::web) cosigned: &'static str,
    pub(in crate::web) waiting: &'static str,
    pub(in crate::web) waits: &'static str,
    pub(in crate::web) connected: &'static str,
    pub(in crate::web) room: &'static str,
    pub(in crate::web) answer: &'static str,
    pub(in crate::web) sessions: &'static str,
    pub(in crate::web) grants: &'static str,
    pub(in crate::web) own_ends: &'static str,
    pub(in crate::web) authority_ends: &'static str,
    pub(in crate::web) terminal_ends: &'static str,
    pub(in crate::web) terminals_seen: &'static str,
    pub(in crate::web) certificates_refused: &'static str,
    pub(in crate::web) step: &'static str,
    /// Notices that were taken, that wait, and that were refused.
    pub(in crate::web) taken: &'static str,
    pub(in crate::web) waits_since: &'static str,
    pub(in crate::web) not_taken: &'static str,
    pub(in crate::web) fresh: &'static str,
    pub(in crate::web) stale: &'static str,
    pub(in crate::web) coming: &'static str,
    pub(in crate::web) missing: &'static str,
    pub(in crate::web) bytes: &'static str,
    pub(in crate::web) refused: &'static str,
    pub(in crate::web) calls: &'static str,
    pub(in crate::web) answered: &'static str,
    pub(in crate::web) breaker: &'static str,
}

/// Words of the small drawings.
pub(in crate::web) struct Plots {
    pub(in crate::web) pages: &'static str,
    pub(in crate::web) entries: &'static str,
    pub(in crate::web) source: &'static str,
    /// The left and the right end of each.
    pub(in crate::web) ends: (&'static str, &'static str),
    /// The top of one.
    pub(in crate::web) top: fn(&str) -> String,
    /// The whole of one in words: what, its highest value, minutes with failures.
    pub(in crate::web) words: fn(&str, &str, usize) -> String,
    pub(in crate::web) none: &'static str,
    /// What the mark below stands for.
    pub(in crate::web) mark: &'static str,
}

pub(super) const JA: Health = Health {
    title: "稼働状況",
    refresh: "最新の状態に更新",
    looked: |time| format!("{time} 現在"),
    runs: |version, since| format!("バージョン {version}、{since} に起動"),
    summed: |broken, attention, unmeasured| {
        let said = match (broken, attention) {
            (0, 0) => "異常はありません。".to_owned(),
            (0, attention) => format!("注意が{attention}件あります。"),
            (broken, 0) => format!("異常が{broken}件あります。"),
            (broken, attention) => format!("異常が{broken}件、注意が{attention}件あります。"),
        };
        match unmeasured {
            0 => said,
            unmeasured => format!("{said}未計測が{unmeasured}件あります。"),
        }
    },
    stale: "監視が止まっています。下の値は現在のものではありません。サーバーの再起動を検討してください。",
    since: |time| format!("{time} から"),
    level: |level| match level {
        Level::Off => "設定なし",
        Level::Well => "正常",
        Level::Unmeasured => "未計測",
        Level::Attention => "注意",
        Level::Broken => "異常",
    },
    part: |part| match part {
        Part::Pages => "画面",
        Part::Ledger => "閲覧記録",
        Part::Second => "2つ目の閲覧記録",
        Part::Checkpoints => "署名",
        Part::Witness => "証人",
        Part::Archive => "記録の保管庫",
        Part::Disk => "ディスク",
        Part::Registry => "職員・端末の台帳",
        Part::Certificates => "証明書",
        Part::Notices => "外部への通知",
        Part::Clock => "時計",
        Part::Cache => "一時保存",
        Part::Redis => "Redis",
        Part::Source(source) => (super::ja::TEXT.words.source)(source),
    },
    why: |why| match why {
        Why::RequestsFail => {
            "応答の1%以上が失敗しています。ログの status 5xx の行を確認してください。"
        }
        Why::PagesLate => {
            "画面の5%以上が1秒に間に合っていません。下の情報源とディスクを確認してください。"
        }
        Why::CannotRecord => {
            "記録できないため、診療情報の画面は開きません。ディスクの空きと故障を確認してください。"
        }
        Why::NoReserve => {
            "ディスクが一杯になったときの予備領域がありません。256 MB以上の空きを作ってください。自動で戻ります。"
        }
        Why::OnReserve => {
            "ディスクが一杯です。予備領域で記録を続けますが、使い切ると診療情報の画面は開きません。すぐに空きを作ってください。"
        }
        Why::OneLedger => {
            "2つの閲覧記録の一方に書き込めません。閲覧は他方で続いています。書き込めない方のディスクを確認してください。"
        }
        Why::SecondAway => {
            "2つ目の閲覧記録がありません。閲覧は1つ目で続きますが、そのディスクが故障すると止まり、2つ目にある記録は読めません。装置の接続を確認してください。"
        }
        Why::SecondApart => {
            "2つの閲覧記録が互いの内容と一致しません。一方が過去の状態に戻されたか、置き換えられています。運用手順書の ledger accept を確認し、責任者に連絡してください。閲覧は1つ目で続いています。"
        }
        Why::SecondFails => {
            "2つ目の閲覧記録に書き込めません。閲覧は1つ目で続きますが、そのディスクが故障すると止まります。2つ目のディスクを確認してください。"
        }
        Why::CannotSign => {
            "閲覧記録に署名できていません。ログの checkpoint の行を確認してください。"
        }
        Why::WitnessSilent => {
            "証人が署名していません。証人の稼働とネットワークを確認してください。"
        }
        Why::ArchiveAway => {
            "保管庫（PostgreSQL）に接続できません。記録はこのサーバーで待っています。"
        }
        Why::ArchiveBehind => {
            "保管庫への転送が10分以上遅れています。PostgreSQLの負荷を確認してください。"
        }
        Why::ArchiveAlarm => {
            "保管庫の内容がこのサーバーの記録と一致しません。ledger verify --config FILE を実行し、責任者に連絡してください。"
        }
        Why::DiskSilent => "ディスクが応答しません。機器の故障を確認してください。",
        Why::DiskLow => "空きが2 GBを下回りました。空きを作ってください。",
        Why::DiskFull => {
            "空きがほとんどありません。すぐに空きを作ってください。まもなく記録できなくなります。"
        }
        Why::RegistrySilent => {
            "台帳が応答しないため、ログインできません。データベースを確認してください。"
        }
        Why::RegistryCopied => {
            "共有の台帳が応答しません。このサーバーの写し（24時間以内）でログインと閲覧は続けられます。変更・搬送・招待はできません。データベースを確認してください。"
        }
        Why::CertificateEnds => {
            "このサーバーの証明書の期限まで30日以内です。更新し、サーバーを再起動してください。"
        }
        Why::CertificateEnded => {
            "このサーバーの証明書の期限が切れました。ブラウザーが画面を開けません。すぐに更新し、再起動してください。"
        }
        Why::AuthorityEnds => {
            "端末を認証する認証局の証明書に、期限まで30日以内、または期限切れのものがあります。切れるとその認証局の端末は接続できません。"
        }
        Why::AuthoritiesEnded => {
            "端末を認証する認証局の証明書がすべて期限切れです。クライアント証明書の端末は接続できません。"
        }
        Why::TerminalEnds => {
            "端末のクライアント証明書に、期限まで30日以内のものがあります。端末の一覧で確かめて更新してください。切れると接続できません。"
        }
        Why::TerminalEnded => {
            "端末のクライアント証明書に期限切れのものがあります。その端末は接続できません。端末の一覧で確かめて更新してください。"
        }
        Why::NoticesStuck => {
            "通知が15分以上届いていません。送り先のサーバーと、設定の notices を確認してください。通知はこのサーバーで待っています。閲覧は続いています。"
        }
        Why::NoticesRefused => {
            "最後の通知は送り先に拒否され、送り直しません。送り先の設定を確認してください。該当する閲覧は審査の一覧にあります。"
        }
        Why::ClockStepped => "時計が飛びました。時刻同期（NTP）を確認してください。",
        Why::CacheRefused => {
            "共有の一時保存に読めない値がありました（破棄して取り直しました）。全サーバーの鍵が同じか確認してください。"
        }
        Why::RedisFails => {
            "Redisの応答が遅いか、ありません。画面は情報源から作るため遅くなることがあります。"
        }
        Why::SourceFails => {
            "照会の1割以上が失敗しています。続く場合は情報源の窓口に連絡してください。"
        }
        Why::SourceSilent => {
            "照会がすべて失敗しています。回線と情報源の障害情報を確認してください。"
        }
        Why::SourceOpen => {
            "失敗が続いたため照会を止めています。回復は、次に患者が照会されたときに確かめます。"
        }
    },
    breaker: |breaker| match breaker {
        Breaker::Closed => "通常",
        Breaker::HalfOpen => "回復を確認中",
        Breaker::Open => "停止中",
    },
    groups: Groups {
        node: "このサーバー",
        sources: "情報源",
    },
    facts: Facts {
        requests: "リクエスト",
        half: "中央値",
        most: "95%がこれ以内",
        entries: "記録",
        recorded: "最後の記録",
        reserve: "予備領域",
        signed: "署名済み",
        signed_at: "最後の署名",
        cosigned: "証人の署名済み",
        waiting: "転送待ち",
        waits: "待ち時間",
        connected: "接続",
        room: "空き",
        answer: "応答",
        sessions: "ログイン中",
        grants: "閲覧中",
        own_ends: "サーバーの期限",
        authority_ends: "認証局の期限",
        terminal_ends: "端末の期限",
        terminals_seen: "起動後に接続した端末の証明書",
        certificates_refused: "起動後に拒否した端末の証明書",
        step: "時刻の飛び",
        taken: "送信済み",
        waits_since: "送信待ち",
        not_taken: "拒否",
        fresh: "最新",
        stale: "保存分で表示",
        coming: "照会中で表示",
        missing: "取得できず",
        bytes: "使用量",
        refused: "破棄した値",
        calls: "呼び出し",
        answered: "最後の応答",
        breaker: "照会",
    },
    plots: Plots {
        pages: "サマリー（95%）",
        entries: "記録（1分ごと）",
        source: "応答時間（95%）",
        ends: ("60分前", "今"),
        top: |top| format!("最大 {top}"),
        words: |what, top, failed| {
            if failed == 0 {
                format!("{what}。直近1時間の最大 {top}")
            } else {
                format!("{what}。直近1時間の最大 {top}、失敗のあった分 {failed}")
            }
        },
        none: "直近1時間の値はまだありません。",
        mark: "× は失敗のあった分",
    },
    unmeasured: "未計測",
    yes: "あり",
    no: "なし",
    count: |count| format!("{count}件"),
    counted: |all, failed| {
        if failed == 0 {
            format!("{all}件")
        } else {
            format!("{all}件（失敗 {failed}件）")
        }
    },
    span: |millis, is_more| {
        if is_more {
            format!("{millis} ms超")
        } else {
            format!("約{millis} ms")
        }
    },
    minutes: |minutes| format!("{minutes}分"),
    taken: |channel, count, last| match last {
        Some(last) => format!("{channel}：{count}件（最後 {last}）"),
        None => format!("{channel}：起動後 {count}件"),
    },
    waiting: |channel, since, tries| format!("{channel}：{since} から（{tries}回試行）"),
    refused: |channel, count, references| format!("{channel}：{count}件（{references}）"),
    room: |free, whole| format!("{free:.1} GB／{whole:.1} GB"),
    step: |seconds, at| format!("{seconds:+.1}秒（{at}）"),
    note: "件数と時間は直近1時間、5秒ごとに更新。中央値などは区間からの推定です。件数は全施設の合計で、「ログイン中」と「閲覧中」だけはこの施設のものです。",
};

pub(super) const EN: Health = Health {
    title: "Health",
    refresh: "Refresh",
    looked: |time| format!("As of {time}"),
    runs: |version, since| format!("Version {version}, started {since}"),
    summed: |broken, attention, unmeasured| {
        let said = match (broken, attention) {
            (0, 0) => "Nothing is wrong.".to_owned(),
            (0, attention) => format!("Attention: {attention}."),
            (broken, 0) => format!("Broken: {broken}."),
            (broken, attention) => format!("Broken: {broken}, attention: {attention}."),
        };
        match unmeasured {
            0 => said,
            unmeasured => format!("{said} Not measured: {unmeasured}."),
        }
    },
    stale: "Nobody is watching: what stands below is not of now. Consider restarting this server.",
    since: |time| format!("since {time}"),
    level: |level| match level {
        Level::Off => "Not set up",
        Level::Well => "Well",
        Level::Unmeasured => "Not measured",
        Level::Attention => "Attention",
        Level::Broken => "Broken",
    },
    part: |part| match part {
        Part::Pages => "Pages",
        Part::Ledger => "Ledger",
        Part::Second => "Second ledger",
        Part::Checkpoints => "Checkpoints",
        Part::Witness => "Witness",
        Part::Archive => "Archive",
        Part::Disk => "Disk",
        Part::Registry => "Accounts and terminals",
        Part::Certificates => "Certificates",
        Part::Notices => "Notices to the outside",
        Part::Clock => "Clock",
        Part::Cache => "Cache",
        Part::Redis => "Redis",
        Part::Source(source) => (super::en::TEXT.words.source)(source),
    },
    why: |why| match why {
        Why::RequestsFail => {
            "One answer in a hundred or more fails. See the log's lines with status 5xx."
        }
        Why::PagesLate => {
            "One page in twenty or more misses one second. See the sources below and the disk."
        }
        Why::CannotRecord => {
            "Nothing can be recorded, so no clinical page opens. Check the disk for room and faults."
        }
        Why::NoReserve => {
            "The reserve for a full disk is gone. Make 256 MB free: it comes back by itself."
        }
        Why::OnReserve => {
            "The disk is full. Entries go where the reserve was; once that is used up no clinical page opens. Make room now."
        }
        Why::OneLedger => {
            "One of the two ledgers cannot be written; looks are recorded in the other. Check the disk of the one that cannot."
        }
        Why::SecondAway => {
            "The second ledger is not there. Looks go on in the first, but stop if its disk fails, and what the second holds cannot be read. Check that its device is connected."
        }
        Why::SecondApart => {
            "The two ledgers are not what each says of the other: one was set back or replaced. See ledger accept in the operation manual and tell who is responsible. Looks go on in the first."
        }
        Why::SecondFails => {
            "The second ledger cannot be written. Looks go on in the first, but stop if its disk fails. Check the second disk."
        }
        Why::CannotSign => "The ledger is not being signed. See the log's lines about checkpoints.",
        Why::WitnessSilent => "The witness does not cosign. Check that it runs and can be reached.",
        Why::ArchiveAway => {
            "The archive (PostgreSQL) cannot be reached. Entries wait on this server."
        }
        Why::ArchiveBehind => {
            "Entries reach the archive more than 10 minutes late. Check the load on PostgreSQL."
        }
        Why::ArchiveAlarm => {
            "The archive differs from this server's ledger. Run ledger verify --config FILE and tell who is responsible."
        }
        Why::DiskSilent => "The disk does not answer. Check the hardware.",
        Why::DiskLow => "Less than 2 GB are free. Make room.",
        Why::DiskFull => "Next to nothing is free. Make room now: soon nothing can be recorded.",
        Why::RegistrySilent => {
            "Accounts cannot be read, so nobody can sign in. Check the database."
        }
        Why::RegistryCopied => {
            "The shared registry does not answer. With this server's copy (at most 24 hours old) people sign in and look; nothing can be changed, and handoffs wait. Check the database."
        }
        Why::CertificateEnds => {
            "This server's certificate ends within 30 days. Renew it and restart the server."
        }
        Why::CertificateEnded => {
            "This server's certificate has ended, and browsers open no page. Renew it now and restart."
        }
        Why::AuthorityEnds => {
            "A certificate of the authorities that vouch for terminals ends within 30 days, or has ended. Then its terminals cannot connect."
        }
        Why::AuthoritiesEnded => {
            "Every certificate of the authorities that vouch for terminals has ended. Terminals with client certificates cannot connect."
        }
        Why::TerminalEnds => {
            "A terminal's client certificate ends within 30 days. Find it in the list of terminals and renew it; once it has ended the terminal cannot connect."
        }
        Why::TerminalEnded => {
            "A terminal's client certificate has ended, and it cannot connect. Find it in the list of terminals and renew it."
        }
        Why::NoticesStuck => {
            "Notices have not been taken for 15 minutes or more. Check the server that they go to, and notices in the configuration. They wait on this server. Looks go on."
        }
        Why::NoticesRefused => {
            "The last notice was refused by its receiver and is not sent again. Check how the receiver is set up. What it was about is in the work list."
        }
        Why::ClockStepped => "The clock jumped. Check time synchronisation (NTP).",
        Why::CacheRefused => {
            "The shared cache held values that cannot be read (dropped and fetched again). Check that all servers have the same keys."
        }
        Why::RedisFails => {
            "Redis answers late or not at all. Pages come from the sources and may be slower."
        }
        Why::SourceFails => {
            "One request in ten or more fails. If it goes on, tell the source's operator."
        }
        Why::SourceSilent => "Every request fails. Check the line and the source's own notices.",
        Why::SourceOpen => {
            "After repeated failures it is not asked for now. Whether it is well again is tried when the next patient is asked for."
        }
    },
    breaker: |breaker| match breaker {
        Breaker::Closed => "as usual",
        Breaker::HalfOpen => "trying again",
        Breaker::Open => "stopped",
    },
    groups: Groups {
        node: "This server",
        sources: "Sources",
    },
    facts: Facts {
        requests: "Requests",
        half: "Median",
        most: "95% within",
        entries: "Entries",
        recorded: "Last entry",
        reserve: "Reserve",
        signed: "Signed",
        signed_at: "Last signed",
        cosigned: "Cosigned",
        waiting: "Waiting",
        waits: "Waiting for",
        connected: "Connected",
        room: "Free",
        answer: "Answer",
        sessions: "Signed in",
        grants: "Open grants",
        own_ends: "Server's ends",
        authority_ends: "Authority's ends",
        terminal_ends: "First terminal's ends",
        terminals_seen: "Terminals seen since start",
        certificates_refused: "Refused since start",
        step: "Step",
        taken: "Sent",
        waits_since: "Waiting",
        not_taken: "Refused",
        fresh: "Fresh",
        stale: "Shown stale",
        coming: "Shown as coming",
        missing: "Not fetched",
        bytes: "In use",
        refused: "Values refused",
        calls: "Calls",
        answered: "Last answer",
        breaker: "Asking",
    },
    plots: Plots {
        pages: "Summaries (95%)",
        entries: "Entries a minute",
        source: "Answers (95%)",
        ends: ("60 min ago", "now"),
        top: |top| format!("Highest {top}"),
        words: |what, top, failed| {
            if failed == 0 {
                format!("{what}. Highest of the last hour: {top}")
            } else {
                format!("{what}. Highest of the last hour: {top}; minutes with failures: {failed}")
            }
        },
        none: "No values of the last hour yet.",
        mark: "× a minute with failures",
    },
    unmeasured: "not measured",
    yes: "yes",
    no: "no",
    count: |count| count.to_string(),
    counted: |all, failed| {
        if failed == 0 {
            all.to_string()
        } else {
            format!("{all} ({failed} failed)")
        }
    },
    span: |millis, is_more| {
        if is_more {
            format!("over {millis} ms")
        } else {
            format!("about {millis} ms")
        }
    },
    minutes: |minutes| format!("{minutes} min"),
    taken: |channel, count, last| match last {
        Some(last) => format!("{channel}: {count} (last {last})"),
        None => format!("{channel}: {count} since the start"),
    },
    waiting: |channel, since, tries| format!("{channel}: since {since} ({tries} tries)"),
    refused: |channel, count, references| format!("{channel}: {count} ({references})"),
    room: |free, whole| format!("{free:.1} of {whole:.1} GB"),
    step: |seconds, at| format!("{seconds:+.1} s ({at})"),
    note: "Counts and times are of the last hour, renewed every 5 seconds; medians and the like are estimates from histograms. Counts are of all facilities together, except who is signed in and open grants, which are this facility's.",
};
