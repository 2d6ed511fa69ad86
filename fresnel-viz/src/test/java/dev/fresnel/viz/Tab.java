package dev.fresnel.viz;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** One page of a browser: acts on it as a user does, and records its console and its requests. */
final class Tab {
  private final Chromium browser;
  private final String session;
  private final List<String> console = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();

  Tab(Chromium browser, String session) {
    this.browser = browser;
    this.session = session;
    browser.listen(
        (from, message) -> {
          if (from.equals(session)) {
            note(message.get("method").asText(), message.get("params"));
          }
        });
    for (var domain : List.of("Page", "Runtime", "Network", "Log")) {
      call(domain + ".enable", Map.of());
    }
    // A tab in the background draws no frames, so the page is told that it is in front.
    call("Emulation.setFocusEmulationEnabled", Map.of("enabled", true));
  }

  private void note(String method, JsonNode params) {
    switch (method) {
      case "Runtime.consoleAPICalled" -> console.add(params.get("args").toString());
      case "Runtime.exceptionThrown" -> console.add(params.get("exceptionDetails").toString());
      case "Log.entryAdded" -> console.add(params.get("entry").toString());
      case "Network.requestWillBeSent" -> requests.add(params.at("/request/url").asText());
      default -> {}
    }
  }

  JsonNode call(String method, Map<String, ?> parameters) {
    return browser.call(method, parameters, session);
  }

  /** Everything that the page wrote to the console, with errors and policy violations. */
  List<String> console() {
    return console;
  }

  /** All requests, with that for the page's own file. */
  List<String> requests() {
    return requests;
  }

  Tab size(int width, int height, double ratio) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", ratio, "mobile", false));
    return this;
  }

  /** Sets the system's colour scheme: {@code light} or {@code dark}. */
  Tab prefers(String scheme) {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    frames();
    return this;
  }

  /** Opens a page and waits until its figures are filled and decoded. */
  Tab load(Path file) {
    call("Page.navigate", Map.of("url", file.toUri().toString()));
    waitFor("document.readyState === 'complete' && location.protocol === 'file:'");
    return this;
  }

  /** Scrolls an explorer into view and waits for all of its layers. */
  Tab decoded() {
    waitFor(
        "(() => { const all = [...document.querySelectorAll('fresnel-attention')];"
            + " const next = all.find(e => e.dataset.ready === undefined);"
            + " if (next) next.scrollIntoView({behavior: 'instant'}); return !next; })()");
    return frames();
  }

  /** Waits until two frames have been drawn. */
  Tab frames() {
    evaluate("new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(1))))");
    return this;
  }

  void waitFor(String condition) {
    for (int tries = 0; tries < 1200; tries++) {
      if (evaluate(condition).asBoolean()) {
        return;
      }
      Chromium.sleep(25);
    }
    throw new AssertionError("never came true: " + condition + "; the console has " + console);
  }

  JsonNode evaluate(String expression) {
    var answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  String text(String expression) {
    return evaluate(expression).asText();
  }

  void mouse(String type, double x, double y, int buttons) {
    call(
        "Input.dispatchMouseEvent",
        Map.of(
            "type",
            type,
            "x",
            x,
            "y",
            y,
            "button",
            type.equals("mouseMoved") ? "none" : "left",
            "buttons",
            buttons,
            "clickCount",
            1));
  }

  /**
   * Moves the pointer to a point of an element, in CSS pixels from its corner; negative numbers
   * stand for its middle.
   */
  double[] hover(String element, double x, double y) {
    var box =
        evaluate(
            "(() => { const e = "
                + element
                + "; e.scrollIntoView({block: 'center', behavior: 'instant'}); const b ="
                + " e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()");
    double left = box.get(0).asDouble() + (x < 0 ? box.get(2).asDouble() / 2 : x);
    double top = box.get(1).asDouble() + (y < 0 ? box.get(3).asDouble() / 2 : y);
    mouse("mouseMoved", left, top, 0);
    frames();
    return new double[] {left, top};
  }

  void hover(String element) {
    hover(element, -1, -1);
  }

  void click(String element, double x, double y) {
    var at = hover(element, x, y);
    mouse("mousePressed", at[0], at[1], 1);
    mouse("mouseReleased", at[0], at[1], 0);
    frames();
  }

  void click(String element) {
    click(element, -1, -1);
  }

  /** Chooses an option of the drop-down that is labelled so. */
  void choose(String root, String label, String option) {
    evaluate(
        """
        (() => {
          const label = [...%s.querySelectorAll('label')].find(l => l.firstChild.textContent === '%s');
          const select = label.querySelector('select');
          const option = [...select.options].find(o => o.value === '%s' || o.text === '%3$s');
          if (!option) throw new Error('no option; there are ' + [...select.options].map(o => o.text));
          select.value = option.value;
          select.dispatchEvent(new Event('change'));
        })()\
        """
            .formatted(root, label, option));
    frames();
  }

  /** Presses a key: {@code ArrowDown}, {@code Escape}, {@code t}. */
  void press(String key) {
    var event = new java.util.HashMap<String, Object>(Map.of("type", "keyDown", "key", key));
    var codes =
        Map.of(
            "Enter",
            13,
            "Escape",
            27,
            "Tab",
            9,
            "ArrowLeft",
            37,
            "ArrowUp",
            38,
            "ArrowRight",
            39,
            "ArrowDown",
            40,
            "Home",
            36,
            "End",
            35);
    if (codes.containsKey(key)) {
      event.put("windowsVirtualKeyCode", codes.get(key));
      event.put("code", key);
    }
    if (key.length() == 1) {
      event.put("text", key);
    } else if (key.equals("Enter")) {
      event.put("text", "\r");
    }
    call("Input.dispatchKeyEvent", event);
    event.put("type", "keyUp");
    event.remove("text");
    call("Input.dispatchKeyEvent", event);
    frames();
  }

  /** A picture of the whole page, or of what the window shows. */
  void screenshot(Path file, boolean whole) throws IOException {
    var answer =
        call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", whole));
    Files.write(file, Base64.getDecoder().decode(answer.get("data").asText()));
  }

  /** All requests except that for the page's own file. */
  List<String> foreignRequests() {
    var foreign = new ArrayList<>(requests);
    foreign.removeIf(url -> url.startsWith("file:") && url.endsWith(".html"));
    foreign.removeIf(url -> url.equals("about:blank"));
    return foreign;
  }
}
