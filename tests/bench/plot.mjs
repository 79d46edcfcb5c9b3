// plot.mjs - throughput and p99 by the number of connections, as SVG.

const W = 360, H = 220, LEFT = 52, BOTTOM = 34, TOP = 26;
const colours = ['#0b6b63', '#8a5a00'];

/** 1, 2 or 5 times a power of ten, and enough of them for max. */
function ticks(max) {
	const rough = max / 4, power = 10 ** Math.floor(Math.log10(rough));
	const step = power * ([1, 2, 5, 10].find((n) => n * power >= rough));

	return Array.from({ length: Math.ceil(max / step) + 1 }, (_, i) => i * step);
}

function panel(at, title, xs, names, value) {
	const all = names.map((name) => xs.map((x) => value(name, x)));
	const marks = ticks(Math.max(...all.flat())), top = marks.at(-1);
	const x = (i) => LEFT + (W - LEFT - 12) * i / (xs.length - 1);
	const y = (v) => H - BOTTOM - (H - BOTTOM - TOP) * v / top;
	const text = (tx, ty, anchor, what) =>
		`<text x="${tx}" y="${ty}" text-anchor="${anchor}">${what}</text>`;

	return `<g transform="translate(${at} 0)">
${text(LEFT, 16, 'start', title)}
${marks.map((m) => `<path d="M${LEFT} ${y(m).toFixed(1)}H${W - 12}" stroke="#ccc"/>
${text(LEFT - 6, (y(m) + 4).toFixed(1), 'end', m >= 1000 ? `${m / 1000}k` : +m.toFixed(3))}`)
		.join('\n')}
${xs.map((n, i) => n === 127 || n === 129 ? '' : text(x(i).toFixed(1), H - 16, 'middle', n))
		.join('\n')}
${text((LEFT + W) / 2, H - 2, 'middle', 'connections')}
${all.map((values, n) => `<path fill="none" stroke="${colours[n]}" stroke-width="2" d="${
		values.map((v, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`)
			.join('')}"/>
${text(W - 14, TOP + 12 + 14 * n, 'end',
		`<tspan fill="${colours[n]}">${names[n]}</tspan>`)}`).join('\n')}
</g>`;
}

/** value(name, clients, field) is what was measured. */
export function draw(xs, names, value) {
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * W} ${H}"
font-family="sans-serif" font-size="11" fill="#222">
<rect width="${2 * W}" height="${H}" fill="#fff"/>
${panel(0, 'requests a second', xs, names, (n, x) => value(n, x, 'rate'))}
${panel(W, 'p99, ms', xs, names, (n, x) => value(n, x, 'p99'))}
</svg>
`;
}
