'use strict';
// A browser-like EventSource: event_source.js URL [--ca FILE] [--key KEY]. Says {"open": true}, then each event.
const fs = require('fs');
const EventSource = require('eventsource');
const { say } = require('./report');

const [url, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const source = new EventSource(url, {
    headers: option('--key') ? { 'X-API-Key': option('--key') } : {},
    https: option('--ca') ? { ca: fs.readFileSync(option('--ca')) } : {},
});
source.onopen = () => say({ open: true });
source.onmessage = (event) => say({ message: event.data, id: event.lastEventId });
source.addEventListener('tick', (event) => say({ tick: event.data, id: event.lastEventId }));
source.onerror = (error) => say({ error: error.status || 0 });
process.stdin.resume().on('close', () => process.exit(0)).on('end', () => process.exit(0));
