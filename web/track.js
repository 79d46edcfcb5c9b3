// track.js - the stages as a drawn line: where the conversation is, where it
// has been, where it can go.

import { s } from './dom.js';

/** Which stages lie on the line, and which beside it, in their order. */
export function lay(stages) {
	const sorted = [...stages].sort((a, b) => a.ord - b.ord);
	const beside = (stage) =>
		stage.kind === 'side' || stage.code === 'exit';

	return { main: sorted.filter((stage) => !beside(stage)),
		 side: sorted.filter(beside) };
}

function tell(stages, here, been, ahead) {
	const name = (code) =>
		stages.find((stage) => stage.code === code)?.name ?? code;
	const list = (codes) => [...codes].map(name).join(', ');
	const before = [...been].filter((code) => code !== here);

	return `Stage: ${name(here)}.` +
		(before.length > 0 ? ` Been at: ${list(before)}.` : '') +
		(ahead.size > 0 ? ` Can go to: ${list(ahead)}.` : '');
}

/**
 * The line for these stages.  here is a code, been and ahead are sets of codes,
 * width is in pixels: all names are written where there is room for them.
 */
export function track(stages, here, been, ahead, width) {
	const { main, side } = lay(stages);
	const wide = width >= 560;
	const gap = (width - 24) / Math.max(1, main.length - 1);
	const y = wide ? 30 : 12, low = y + (wide ? 46 : 24);
	const height = low + (wide ? 30 : 26);
	const draw = [];
	const state = (code) => code === here ? 'here'
		: been.has(code) ? 'been' : 'yet';
	const at = main.findIndex((stage) => stage.code === here);
	const far = Math.max(at, ...main.map((stage, i) =>
		been.has(stage.code) ? i : 0));

	const station = (stage, x, cy, up) => {
		const r = stage.code === here ? 8 : 5;

		if (ahead.has(stage.code) && stage.code !== here)
			draw.push(s('circle', { class: 'ahead', cx: x, cy,
				r: r + 3.5 }));
		draw.push(s('circle', { class: state(stage.code), cx: x, cy, r },
			s('title', {}, stage.name)));
		if (wide || stage.code === here) {
			const end = x < 50 ? 'start' : x > width - 50 ? 'end'
				: 'middle';

			draw.push(s('text', { class: state(stage.code),
				x: end === 'start' ? x - 8
					: end === 'end' ? x + 8 : x,
				y: wide ? cy + (up ? -15 : 24) : height - 3,
				'text-anchor': end }, stage.name));
		}
	};

	draw.push(s('line', { class: 'rail', x1: 12, x2: width - 12,
		y1: y, y2: y }));
	if (far > 0)
		draw.push(s('line', { class: 'way', x1: 12, x2: 12 + far * gap,
			y1: y, y2: y }));
	main.forEach((stage, i) => station(stage, 12 + i * gap, y, i % 2 === 0));
	side.forEach((stage, i) => station(stage,
		12 + (i + 0.5) * (width - 24) / side.length, low, false));
	return s('svg', { class: 'track', role: 'img', width: '100%', height,
		viewBox: `0 0 ${width} ${height}`,
		'aria-label': tell(stages, here, been, ahead) }, draw);
}
