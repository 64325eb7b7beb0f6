// What two JsSIP user agents in one page, door phone and app, do with the server.
// `play(given)` returns a list of [step, outcome]; a step that fails ends the story.

const PATIENCE = 15000; // milliseconds until something that must happen has happened

// The next event of one of these names, with its name; rejected when none comes in time.
function next(source, ...names) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no ${names.join(" or ")} in time`)), PATIENCE);
    for (const name of names) {
      source.once(name, (event) => {
        clearTimeout(late);
        resolve({ name, event });
      });
    }
  });
}

function agent(given, { user, password }) {
  return new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(given.socket)],
    uri: `sip:${user}@${given.domain}`,
    authorization_user: user,
    password,
    register_expires: 600,
    session_timers: given.timers,
  });
}

async function registration(ua) {
  const outcome = next(ua, "registered", "registrationFailed");
  ua.start();
  const { name, event } = await outcome;
  return name === "registered" ? 200 : event.response && event.response.status_code;
}

// The session of the next call that reaches an agent.
async function incoming(ua) {
  for (;;) {
    const { event } = await next(ua, "newRTCSession");
    if (event.originator === "remote") return event.session;
  }
}

function dial(ua, given, number) {
  return ua.call(`sip:${number}@${given.domain}`, {
    mediaConstraints: { audio: true, video: false },
  });
}

async function talk(door, app, given, steps) {
  const ringing = incoming(app);
  const visitor = dial(door, given, given.app.user);
  const visitorTalks = next(visitor, "confirmed", "failed");
  const resident = await ringing;
  const residentTalks = next(resident, "confirmed", "failed");
  resident.answer({ mediaConstraints: { audio: true, video: false } });
  steps.push(["talking", [(await visitorTalks).name, (await residentTalks).name]]);

  const digit = next(visitor, "newDTMF");
  resident.sendDTMF(given.code, { transportType: "INFO" });
  steps.push(["digit at the door", (await digit).event.dtmf.tone === given.code]);

  const held = next(resident, "hold");
  await renegotiated((done) => visitor.hold({}, done));
  await held;
  const resumed = next(resident, "unhold");
  await renegotiated((done) => visitor.unhold({}, done));
  await resumed;
  steps.push(["held and resumed", true]);

  const over = next(visitor, "ended");
  resident.terminate();
  steps.push(["hung up", (await over).event.originator]);
}

// Ask for a re-INVITE until JsSIP begins it (it says false while its last one is under way), and
// wait until it is over.
async function renegotiated(begin) {
  for (let turn = 0; turn < PATIENCE / 50; turn += 1) {
    let over;
    const done = new Promise((resolve) => { over = resolve; });
    if (begin(over)) return done;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("still under way");
}

async function declined(door, app, given) {
  const ringing = incoming(app);
  const visitor = dial(door, given, given.app.user);
  const over = next(visitor, "failed");
  (await ringing).terminate({ status_code: 486 });
  const { event } = await over;
  return event.message.status_code;
}

async function givenUp(door, app, given) {
  const ringing = incoming(app);
  const visitor = dial(door, given, given.app.user);
  const rung = next(visitor, "progress");
  const resident = await ringing;
  const over = next(resident, "failed");
  await rung;
  visitor.terminate();
  return (await over).event.cause;
}

async function unknown(door, given) {
  const over = next(dial(door, given, "98765"), "failed");
  return (await over).event.message.status_code;
}

async function play(given) {
  const steps = [];
  try {
    const door = agent(given, given.door);
    const app = agent(given, given.app);
    steps.push(["registered", [await registration(door), await registration(app)]]);
    const stranger = agent(given, { user: given.app.user, password: "not-the-password" });
    steps.push(["wrong password", await registration(stranger)]);
    stranger.stop();
    await talk(door, app, given, steps);
    steps.push(["declined", await declined(door, app, given)]);
    steps.push(["given up", await givenUp(door, app, given)]);
    steps.push(["unknown number", await unknown(door, given)]);
    const gone = [next(door, "unregistered"), next(app, "unregistered")];
    door.unregister();
    app.unregister();
    await Promise.all(gone);
    steps.push(["unregistered", true]);
    door.stop();
    app.stop();
  } catch (error) {
    steps.push(["failed", String(error.stack || error)]);
  }
  return steps;
}

// A text from the door phone to the app: who got what, and what the sender was told.
async function exchange(given) {
  const door = agent(given, given.door);
  const app = agent(given, given.app);
  await Promise.all([registration(door), registration(app)]);
  const reactions = {};
  const got = next(app, "newMessage");
  const sent = next({ once: (name, react) => { reactions[name] = react; } }, "succeeded", "failed");
  door.sendMessage(`sip:${given.app.user}@${given.domain}`, given.text, {
    contentType: "text/plain",
    eventHandlers: reactions,
  });
  const [{ event }, { name }] = await Promise.all([got, sent]);
  door.stop();
  app.stop();
  return [event.originator, event.request.from.uri.user, event.request.body, name];
}
