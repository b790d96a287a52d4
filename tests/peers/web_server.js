'use strict';
// An upstream with WebSockets and event streams: web_server.js [UNIX-SOCKET]. Says {"port": N}.
//   /ws      echoes each message; "close CODE" closes with it; "burst N" sends N messages
//   /events  three events, then one each time a line "event TEXT" comes on standard input; `Last-Event-ID` is told
//   /poll    answers when the next line "event TEXT" comes
//   other    JSON of what arrived
const http = require('http');
const readline = require('readline');
const { WebSocketServer } = require('ws');
const { say } = require('./report');

const streams = new Set();
const polls = new Set();
let sockets = 0;
let number = 0;

function openEvents(request, response) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const after = request.headers['last-event-id'];
    for (let i = 0; i < 3; ++i) {
        response.write(`id: ${++number}\nevent: tick\ndata: ${JSON.stringify({ i, after })}\n\n`);
    }
    streams.add(response);
    response.on('close', () => streams.delete(response));
}

const server = http.createServer((request, response) => {
    const url = request.url.split('?')[0];
    if (url.endsWith('/events')) {
        openEvents(request, response);
        return;
    }
    if (url.endsWith('/poll')) {
        polls.add(response);
        response.on('close', () => polls.delete(response));
        return;
    }
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
        const body = Buffer.concat(pieces);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, bytes: body.length, trailers: request.trailers }));
    });
});

const web = new WebSocketServer({ server, maxPayload: 64 * 1024 * 1024, handleProtocols: (offered) => [...offered][0] });
web.on('connection', (socket, request) => {
    ++sockets;
    socket.on('message', (data, isBinary) => {
        const text = isBinary ? '' : data.toString();
        const [word, count] = text.split(' ');
        if (word === 'close') {
            socket.close(Number(count), 'as you wish');
        } else if (word === 'burst') {
            for (let i = 0; i < Number(count); ++i) {
                socket.send(`b${i}`);
            }
        } else if (word === 'headers') {
            socket.send(JSON.stringify(request.headers));
        } else {
            socket.send(data, { binary: isBinary });
        }
    });
    socket.on('close', (code) => {
        --sockets;
        if (code !== 1000 && code !== 1005) {
            say({ closed: code });
        }
    });
    socket.on('error', () => {});
});

const where = process.argv[2];
server.listen(where ? { path: where } : { port: 0, host: '127.0.0.1' }, () => say({ port: where ? 0 : server.address().port }));

readline.createInterface({ input: process.stdin }).on('line', (line) => {
    if (line.startsWith('event ')) {
        for (const response of streams) {
            response.write(`id: ${++number}\ndata: ${line.slice(6)}\n\n`);
        }
        for (const response of polls) {
            response.end(line.slice(6));
        }
        say({ streams: streams.size, polls: polls.size });
    } else {
        say({ sockets, streams: streams.size, polls: polls.size });
    }
}).on('close', () => process.exit(0));
