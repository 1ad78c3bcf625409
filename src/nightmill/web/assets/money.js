// Money: the cost of a part at the home site, from its actual minutes, and at other sites, from dated facts.

function costCard() {
  const parts = doc.view.parts.filter((part) => Object.keys(part.cost_usd).length);
  if (!parts.length) return card("Cost of a part", empty("No part has a cost yet."));
  const factors = inFactorOrder(new Set(parts.flatMap((part) => Object.keys(part.cost_usd))));
  const sum = (part) => Object.values(part.cost_usd).reduce((a, b) => a + b, 0);
  const rows = parts.map((part) => ({ name: part.name, sub: `${part.made} made, price ${money(part.price_usd)}`, parts: factors.map((key) => [key, part.cost_usd[key] || 0]), total: sum(part) }));
  const grid = () => table([["Part", (part) => part.name], ...factors.map((key) => [capital(plain(key)), (part) => number(part.cost_usd[key] ?? 0, 2), { num: true }]), ["Cost", (part) => el("b", {}, number(sum(part), 2)), { num: true }], ["Price", (part) => number(part.price_usd, 2), { num: true }], ["Margin", (part) => (part.price_usd > 0 ? el("span", { class: part.price_usd >= sum(part) ? "good-ink" : "bad-ink" }, percent(1 - sum(part) / part.price_usd)) : "–"), { num: true }]], parts);
  return card("Mean cost of the parts made", el("p", { class: "muted small" }, `From each part's machine minutes, attended minutes, energy by day and night, edge wear and blank, in ${doc.view.currency} (simulated minutes, rates of the shop).`), legend(factors.map((key) => [plain(key), factorColour(key)])), responsive((width) => stackedBars(width, rows, factorColour, money, "Cost of each part by factor")), beside("costs", "Cost, price and margin as a table", grid));
}

function answers() {
  const sites = doc.view.sites;
  if (!sites) return [];
  if (Array.isArray(sites)) return sites;
  if (Array.isArray(sites.sites)) return [sites];
  return Object.entries(sites).filter(([, answer]) => answer && Array.isArray(answer.sites)).map(([part, answer]) => ({ part, ...answer }));
}

function factRows(answer) {
  const seen = new Map();
  for (const site of answer.sites) {
    for (const factor of [...(site.factors || []), ...(site.carbon || [])]) {
      for (const fact of factor.facts || []) {
        const key = `${site.name}|${fact.name}`;
        if (!seen.has(key)) seen.set(key, { site: site.name, fact, factors: new Set() });
        seen.get(key).factors.add(factor.name);
      }
    }
  }
  return [...seen.values()];
}

function breakEven(answer) {
  const even = answer.break_even || {};
  const known = [["unattended_share", "Unattended share of machine time", (v) => percent(v)], ["tariff", "Total duty on imports", (v) => percent(v)], ["wage", "Hourly wage at home", (v) => money(v)], ["freight", "Freight rate of imports per kilogram", (v) => money(v)], ["volume", "Pieces per year", (v) => number(v, 0)]];
  return table([["Home costs the same as the cheapest other site at", (row) => row[1]], ["", (row) => (typeof even[row[0]] === "number" ? el("b", {}, row[2](even[row[0]])) : el("span", { class: "muted" }, "none, or unknown")), { num: true }], ["Range", (row) => {
    const range = (even.ranges || {})[row[0]];
    return range ? `${row[2](range[0])} – ${row[2](range[1])}` : "";
  }, { num: true }]], known);
}

function sitesCard(found) {
  const answer = found.find((each) => each.part === ui.site) || found[0];
  const chosen = answer.sites.find((site) => site.id === answer.decision || site.name === answer.decision);
  const factors = inFactorOrder(new Set(answer.sites.flatMap((site) => (site.factors || []).map((factor) => factor.name))));
  const rows = answer.sites.map((site) => ({ name: `${site === chosen ? "★ " : ""}${site.name}`, sub: `${site.country || ""}${typeof site.wins === "number" ? `, cheapest in ${percent(site.wins)}` : ""}`, parts: (site.factors || []).map((factor) => [factor.name, factor.usd ?? 0]), low: site.p10 ?? site.low_usd, high: site.p90 ?? site.high_usd, band: site.p10 === null ? "range because facts are missing" : "P10–P90", total: site.unit_cost_usd, unknown: site.unit_cost_usd === null }));
  const picker = found.length > 1 ? el("select", { id: "site-part", "aria-label": "Part", onchange: (event) => {
    ui.site = event.target.value;
    show("money");
  } }, found.map((each) => el("option", { value: each.part, selected: each === answer }, each.part))) : null;
  const cell = (name) => (site) => {
    const factor = (site.factors || []).find((each) => each.name === name);
    return !factor ? "" : factor.usd === null ? el("span", { class: "warn-ink" }, `${number(factor.low, 2)}–${number(factor.high, 2)}?`) : number(factor.usd, 2);
  };
  const factorTable = table([["Site", (site) => el("b", {}, site.name)], ...factors.map((name) => [capital(plain(name)), cell(name), { num: true }]), ["Landed", (site) => el("b", {}, number(site.unit_cost_usd, 2)), { num: true }], ["P10–P90", (site) => (typeof site.p10 === "number" ? `${number(site.p10, 2)}–${number(site.p90, 2)}` : "–"), { num: true }], ["Cash tied up", (site) => (typeof site.cash_usd === "number" ? money(site.cash_usd, 0) : "–"), { num: true }], ["kg CO2e", (site) => (typeof site.carbon_kg === "number" ? number(site.carbon_kg, 2) : "–"), { num: true }]], answer.sites);
  const facts = () => table([["Site", (row) => row.site], ["Fact", (row) => plain(row.fact.name)], ["Value", (row) => (row.fact.value === null ? tag("no valid fact", "warn") : number(row.fact.value)), { num: true }], ["Unit", (row) => row.fact.unit], ["As of", (row) => row.fact.as_of], ["Grade", (row) => row.fact.grade], ["Source", (row) => el("span", { class: "small" }, row.fact.source || row.fact.why)], ["Used for", (row) => el("span", { class: "small muted" }, [...row.factors].slice(0, 4).join(", "))]], factRows(answer), { tall: true, label: "facts" });
  const missing = answer.missing || [];
  return card(null, el("div", { class: "row spread" }, el("h3", { style: "margin:0" }, `Where to make ${answer.part}`), el("span", { class: "row" }, picker, chosen ? tag(`make it in ${chosen.name}`, "good") : tag(answer.decision === "unknown" ? "undecided: facts are missing" : answer.decision, "warn"))),
    el("p", { style: "margin-top:8px" }, answer.reason), el("p", { class: "muted small" }, `${number(answer.quantity_year, 0)} per year, facts as of ${answer.as_of}. Bars: landed unit cost by factor; whiskers: P10–P90 from the uncertainty of the facts.`), legend(factors.map((key) => [plain(key), factorColour(key)])),
    responsive((width) => stackedBars(width, rows, factorColour, money, "Landed unit cost by site")), el("h4", {}, "Break-even"), breakEven(answer),
    missing.length ? el("div", { class: "callout" }, el("b", {}, "Facts to enter or update"), el("ul", {}, missing.map((each) => el("li", {}, `${each.site}: ${plain(each.fact)}, ${each.why} (${number(each.low)} to ${number(each.high)} assumed)`)))) : null,
    beside("factors", "Cost factors by site as a table", () => factorTable), beside("facts", "Facts with source, date and grade", facts));
}

function screenMoney() {
  const found = answers();
  return el("div", { class: "stack" }, costCard(), found.length ? sitesCard(found) : card("Where to make it", empty("No comparison of sites was made for this run.")));
}
