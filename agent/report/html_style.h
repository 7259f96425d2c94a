// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace harden {

// The looks of the HTML report, light, dark and on paper.
inline constexpr const char* kHtmlStyle = R"css(
:root{--ink:#1b1f24;--soft:#57606a;--page:#fff;--card:#f6f8fa;--line:#d0d7de;--red:#b42318;--amber:#8a5300;--blue:#0b62a8;--green:#1a7f37;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--page:#0d1117;--card:#161b22;--line:#30363d;--red:#ff8a80;--amber:#f2c14e;--blue:#79c0ff;--green:#7ee2a0;--on:#0d1117}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0 1rem}h2{font-size:1.2rem;margin:2rem 0 .75rem}h3{font-size:1.05rem;margin:0 0 .5rem}h4{font-size:1rem;margin:1rem 0 .25rem}
.host{display:grid;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));gap:.5rem 1.5rem;margin:0}
.host dt{font-size:.85rem;color:var(--soft)}.host dd{margin:0;font-weight:600}
.bar{display:flex;gap:2px;height:1rem;border-radius:.5rem;overflow:hidden}.bar span{flex-basis:0}
.bar .exposed,.badge.exposed{background:var(--red);color:var(--on)}.bar .unknown,.badge.unknown{background:var(--amber);color:var(--on)}
.bar .mitigated,.badge.mitigated{background:var(--blue);color:var(--on)}.bar .clear,.badge.clear{background:var(--green);color:var(--on)}
.cards{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;margin:.75rem 0 0}.cards b{font-size:1.4rem}
.cards .exposed b{color:var(--red)}.cards .unknown b{color:var(--amber)}.cards .mitigated b{color:var(--blue)}.cards .clear b{color:var(--green)}
article{background:var(--card);border:1px solid var(--line);border-left:.4rem solid var(--line);border-radius:.4rem;padding:1rem;margin:0 0 1rem}
article.exposed{border-left-color:var(--red)}article.unknown{border-left-color:var(--amber)}article.mitigated{border-left-color:var(--blue)}article.clear{border-left-color:var(--green)}
article p{margin:.25rem 0}.what{font-weight:600}
.badge{display:inline-block;border-radius:.25rem;padding:0 .45rem;font-size:.8rem;font-weight:600;border:1px solid transparent}
.badge.severity,.badge.grade,.badge.weak{border-color:currentColor}.badge.weak{color:var(--red)}.badge.grade{color:var(--green)}
details{margin-top:.5rem}summary{cursor:pointer;color:var(--blue)}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.5rem 0;font-size:.9rem}caption{text-align:left;font-weight:600}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);min-width:7rem}
td:first-child{min-width:12rem}td:last-child{min-width:13rem}
@media screen and (max-width:40rem){tr:first-child{display:none}tr,td{display:block}tr{border-bottom:1px solid var(--line);padding:.25rem 0}
td,td:first-child,td:last-child{min-width:0;padding:0;border:0}td:last-child{color:var(--soft)}td:last-child:not(:empty)::before{content:"from "}}
code{font:.9em ui-monospace,monospace}.remedies{padding-left:1.1rem}.remedies>li{margin:.4rem 0}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
footer{color:var(--soft);font-size:.85rem;margin-top:2rem}
:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
@media print{body{max-width:none;padding:0;font-size:10pt}article{break-inside:avoid;background:none}.bar,.badge{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";

}  // namespace harden
