'use strict';
// How a peer talks to the test that started it: one JSON object a line.

function say(object) {
    process.stdout.write(JSON.stringify(object) + '\n');
}

// Runs checks one after the other; each is [name, async function that returns what to report, or throws].
async function runChecks(checks, only) {
    for (const [name, check] of checks) {
        if (only && only !== name) {
            continue;
        }
        try {
            say({ check: name, ok: true, ...(await check()) });
        } catch (error) {
            say({ check: name, ok: false, why: String((error && error.message) || error), code: error && error.code });
        }
    }
}

// A promise that fails when it takes too long, so that a lost answer ends a test instead of hanging it.
function within(milliseconds, what, promise) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what} took more than ${milliseconds} ms`)), milliseconds);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function expect(condition, what) {
    if (!condition) {
        throw new Error(what);
    }
}

module.exports = { say, runChecks, within, expect };
