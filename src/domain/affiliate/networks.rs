//! The networks that are known without anybody's saying so.
//!
//! A table in Rust rather than a file: it cannot fail to parse. Of several signs that
//! fit a host, the first counts.

use super::Certainty::{self, Certain, Possible};

/// A network and what gives its links away.
pub(super) struct Network {
    /// The stable key.
    pub(super) id: &'static str,
    /// The name that editors know.
    pub(super) name: &'static str,
    /// What its links look like.
    pub(super) signs: &'static [Sign],
}

/// Hosts, and what an address there must have besides.
pub(super) struct Sign {
    pub(super) hosts: &'static [&'static str],
    pub(super) reach: Reach,
    pub(super) proof: Proof,
    pub(super) certainty: Certainty,
}

/// Which hosts a listed one speaks for.
#[derive(Clone, Copy)]
pub(super) enum Reach {
    /// Itself and all below it.
    Below,
    /// Only those below it.
    StrictlyBelow,
    /// Itself and the usual fronts of a shop, see [`SHOP_FRONTS`].
    Shop,
}

/// What an address must have to be a link that earns.
pub(super) enum Proof {
    /// Nothing: the host is the link.
    Always,
    /// A path or a query; the bare host is but the network's front page.
    Click,
    /// A path that begins with one of these.
    Path(&'static [&'static str]),
    /// As `Path`, or an address in the query: hosts that also carry the network's own pages.
    Redirect(&'static [&'static str]),
    /// One of these query parameters, not empty.
    Parameter(&'static [&'static str]),
    /// Amazon's oldest form, whose path ends in the tag.
    AmazonPath,
}

/// What may stand before a shop's domain. Others (aws., advertising.) sell nothing on
/// commission.
pub(super) const SHOP_FRONTS: &[&str] = &["", "www.", "m.", "smile.", "music."];

/// Key and name of Impact, whose links also stand on hosts that no table lists.
pub(super) const IMPACT: (&str, &str) = ("impact", "impact.com");

/// Amazon's shops, by country.
#[rustfmt::skip]
const AMAZON: &[&str] = &[
    "amazon.com", "amazon.co.uk", "amazon.de", "amazon.fr", "amazon.it", "amazon.es", "amazon.ca", "amazon.co.jp",
    "amazon.in", "amazon.com.au", "amazon.com.br", "amazon.com.mx", "amazon.nl", "amazon.se", "amazon.pl", "amazon.sg",
    "amazon.ae", "amazon.sa", "amazon.eg", "amazon.com.tr", "amazon.com.be", "amazon.ie", "amazon.co.za", "amazon.cn",
];

/// eBay's shops, by country.
#[rustfmt::skip]
const EBAY: &[&str] = &[
    "ebay.com", "ebay.co.uk", "ebay.de", "ebay.fr", "ebay.it", "ebay.es", "ebay.ca", "ebay.com.au", "ebay.at",
    "ebay.ch", "ebay.nl", "ebay.be", "ebay.pl", "ebay.ie", "ebay.com.hk", "ebay.com.sg", "ebay.com.my", "ebay.ph",
];

/// Hosts under which CJ's links go round.
#[rustfmt::skip]
const CJ: &[&str] = &[
    "anrdoezrs.net", "dpbolvw.net", "jdoqocy.com", "kqzyfj.com", "tkqlhce.com", "qksrv.net", "emjcd.com",
    "cj.dotomi.com", "ftjcfx.com", "lduhtrp.net", "afcyhf.com", "awltovhc.com", "tqlkg.com", "yceml.net",
];

const fn sign(hosts: &'static [&'static str], proof: Proof) -> Sign {
    Sign { hosts, reach: Reach::Below, proof, certainty: Certain }
}

const fn hint(hosts: &'static [&'static str], proof: Proof) -> Sign {
    Sign { hosts, reach: Reach::Below, proof, certainty: Possible }
}

const fn shop(hosts: &'static [&'static str], proof: Proof) -> Sign {
    Sign { hosts, reach: Reach::Shop, proof, certainty: Certain }
}

const fn below(hosts: &'static [&'static str], proof: Proof) -> Sign {
    Sign { hosts, reach: Reach::StrictlyBelow, proof, certainty: Certain }
}

const fn network(id: &'static str, name: &'static str, signs: &'static [Sign]) -> Network {
    Network { id, name, signs }
}

/// Any path at all, as short links have.
const SHORT: Proof = Proof::Path(&["/"]);

/// Every network with hosts of its own.
pub(super) const NETWORKS: &[Network] = &[
    network(
        "amazon",
        "Amazon Associates",
        &[shop(AMAZON, Proof::Parameter(&["tag"])), shop(AMAZON, Proof::AmazonPath)],
    ),
    // The first is made by Amazon's tool for partners, hence with a tag; the others by
    // the button that any reader can press.
    network(
        "amazon-short",
        "Amazon short link",
        &[sign(&["amzn.to"], SHORT), hint(&["a.co", "amzn.eu", "amzn.asia"], SHORT)],
    ),
    network(
        "ebay",
        "eBay Partner Network",
        &[
            sign(&["rover.ebay.com"], SHORT),
            hint(&["ebay.us"], Proof::Path(&["/m/"])),
            sign(&["ebay.us"], SHORT),
        ],
    ),
    // The other parameters of the set also stand in eBay's own mail and share links.
    network("ebay-params", "eBay Partner Network", &[sign(EBAY, Proof::Parameter(&["campid"]))]),
    network(
        "shareasale",
        "ShareASale (Awin group)",
        &[
            sign(
                &["shareasale.com", "shareasale-analytics.com"],
                Proof::Redirect(&["/r.cfm", "/u.cfm", "/m-pr.cfm", "/t.cfm"]),
            ),
            sign(&["shrsl.com"], SHORT),
        ],
    ),
    network("cj", "CJ Affiliate (Commission Junction)", &[sign(CJ, Proof::Click)]),
    network(
        "awin",
        "Awin (was Zanox, affilinet)",
        &[
            sign(
                &["awin1.com", "zenaps.com", "ad.zanox.com", "tidd.ly", "partners.webmasterplan.com"],
                Proof::Click,
            ),
            sign(&["zanox.com"], Proof::Redirect(&["/ppc/"])),
        ],
    ),
    network(
        "rakuten",
        "Rakuten Advertising (LinkShare)",
        &[sign(&["linksynergy.com", "linksynergy.walmart.com"], Proof::Click)],
    ),
    network(
        IMPACT.0,
        IMPACT.1,
        &[
            sign(
                &["sjv.io", "7eer.net", "pxf.io", "evyy.net", "ojrq.net", "d.impactradius-event.com"],
                SHORT,
            ),
            sign(
                &["i.impact.com", "go.impact.com", "goto.walmart.com", "goto.target.com"],
                Proof::Path(&["/c/"]),
            ),
        ],
    ),
    network(
        "skimlinks",
        "Skimlinks",
        &[
            sign(&["go.skimresources.com", "redirectingat.com", "fave.co"], Proof::Click),
            sign(&["skimresources.com"], Proof::Redirect(&[])),
        ],
    ),
    network(
        "viglink",
        "Sovrn Commerce (VigLink)",
        &[
            sign(&["redirect.viglink.com", "sovrn.co", "shop-edit.sovrn.com"], Proof::Click),
            sign(&["viglink.com"], Proof::Redirect(&["/api/click"])),
        ],
    ),
    // Its parameters stand in the path: /click/camref:…/destination:…
    network("partnerize", "Partnerize (Performance Horizon)", &[sign(&["prf.hn"], SHORT)]),
    network(
        "howl",
        "Howl (narrativ, bam-x)",
        &[
            sign(&["shop-links.co", "howl.me", "howl.link"], Proof::Click),
            sign(&["narrativ.com", "bam-x.com"], Proof::Redirect(&[])),
        ],
    ),
    network(
        "pepperjam",
        "Ascend (Pepperjam)",
        &[
            sign(
                &["gopjn.com", "pjatr.com", "pjtra.com", "pntra.com", "pntrac.com", "pntrs.com"],
                Proof::Click,
            ),
            sign(&["pepperjamnetwork.com"], Proof::Redirect(&["/tracking/"])),
        ],
    ),
    network("avantlink", "AvantLink", &[sign(&["avantlink.com"], Proof::Redirect(&["/click.php"]))]),
    network("flexoffers", "FlexOffers", &[sign(&["track.flexlinks.com", "flexlinkspro.com"], Proof::Click)]),
    network(
        "tradedoubler",
        "Tradedoubler",
        &[
            sign(&["clk.tradedoubler.com", "clkde.tradedoubler.com", "clkuk.tradedoubler.com"], Proof::Click),
            sign(&["tradedoubler.com"], Proof::Redirect(&["/click"])),
        ],
    ),
    network(
        "tradetracker",
        "TradeTracker",
        &[
            sign(&["tc.tradetracker.net"], Proof::Click),
            sign(&["tradetracker.net"], Proof::Redirect(&["/c/"])),
        ],
    ),
    network("webgains", "Webgains", &[sign(&["track.webgains.com"], Proof::Click)]),
    network("daisycon", "Daisycon", &[sign(&["ds1.nl", "ndt5.net"], Proof::Click)]),
    network("effiliation", "Effiliation (Effinity)", &[sign(&["track.effiliation.com"], Proof::Click)]),
    network("admitad", "Admitad", &[sign(&["ad.admitad.com", "alitems.com", "alitems.co"], Proof::Click)]),
    network("digidip", "digidip", &[below(&["digidip.net"], Proof::Redirect(&["/visit"]))]),
    // PARTNER.VENDOR.hop.clickbank.net needs no path.
    network(
        "clickbank",
        "ClickBank",
        &[below(&["hop.clickbank.net"], Proof::Always), sign(&["hop.clickbank.net"], Proof::Click)],
    ),
    network("geniuslink", "Geniuslink", &[sign(&["geni.us", "georiot.com"], Proof::Click)]),
    network("linkby", "Linkby", &[sign(&["go.linkby.com"], Proof::Click)]),
    network("conde", "Condé Nast link wrapper", &[sign(&["cna.st"], SHORT)]),
    network(
        "adcell",
        "ADCELL",
        &[sign(&["adcell.de", "adcell.com"], Proof::Redirect(&["/promotion/click", "/p/click"]))],
    ),
    network("belboon", "belboon", &[sign(&["belboon.de"], Proof::Redirect(&["/adtracking/", "/ts/"]))]),
    // Shop windows of creators, who earn there; not of the site that links to them.
    network(
        "ltk",
        "LTK (rewardStyle)",
        &[sign(&["rstyle.me", "liketk.it"], SHORT), hint(&["shopltk.com"], SHORT)],
    ),
    network(
        "shopmy",
        "ShopMy",
        &[
            sign(&["go.shopmy.us"], SHORT),
            sign(&["shopmy.us"], Proof::Path(&["/p-"])),
            hint(&["shopmy.us"], Proof::Path(&["/collections/", "/shop/"])),
        ],
    ),
    network(
        "aliexpress",
        "AliExpress Portals",
        &[
            sign(&["s.click.aliexpress.com"], SHORT),
            sign(
                &["aliexpress.com", "aliexpress.us"],
                Proof::Parameter(&["aff_fcid", "aff_fsk", "aff_platform", "aff_trace_key", "aff_short_key"]),
            ),
            hint(&["a.aliexpress.com"], SHORT),
        ],
    ),
    network("booking", "Booking.com", &[sign(&["booking.com"], Proof::Parameter(&["aid"]))]),
    network("steam-humble", "Humble Bundle", &[sign(&["humblebundle.com"], Proof::Parameter(&["partner"]))]),
    network(
        "bookshop",
        "Bookshop.org",
        &[sign(&["bookshop.org"], Proof::Path(&["/a/"])), hint(&["bookshop.org"], Proof::Path(&["/shop/"]))],
    ),
    network(
        "apple",
        "Apple Services Performance Partners",
        &[sign(
            &[
                "apps.apple.com",
                "itunes.apple.com",
                "music.apple.com",
                "books.apple.com",
                "podcasts.apple.com",
                "tv.apple.com",
            ],
            Proof::Parameter(&["at"]),
        )],
    ),
];
