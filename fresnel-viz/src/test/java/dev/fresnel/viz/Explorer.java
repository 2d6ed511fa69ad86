package dev.fresnel.viz;

import java.util.List;
import java.util.Map;

/** What a person does with an explorer of attention, and sees of it. */
record Explorer(Tab tab) {
  static final String ROOT = "document.querySelector('fresnel-attention').shadowRoot";
  static final String MAP = ROOT + ".querySelector('.map .overlay')";
  static final String GRID = ROOT + ".querySelector('.thumbs canvas[tabindex]')";

  /** The middle of a head's small map, in CSS pixels from the grid's corner. */
  private double[] place(int layer, int head) {
    double reach =
        tab.evaluate(
                "(%s.clientWidth - 5) / %s.querySelectorAll('.column-heads span').length"
                    .formatted(GRID, ROOT))
            .asDouble();
    return new double[] {(head + 0.5) * reach, (layer + 0.5) * reach};
  }

  void hoverHead(int layer, int head) {
    var at = place(layer, head);
    tab.hover(GRID, at[0], at[1]);
  }

  /** Points at the grid, in CSS pixels from its corner. */
  void hoverHeadAt(double x, double y) {
    tab.hover(GRID, x, y);
  }

  void clickHead(int layer, int head) {
    click(layer, head, 0, 1);
    leave();
  }

  /** The modifier of the browser's mouse events: 8 for Shift. */
  void shiftClickHead(int layer, int head) {
    click(layer, head, 8, 1);
    leave();
  }

  void doubleClickHead(int layer, int head) {
    click(layer, head, 0, 1);
    click(layer, head, 0, 2);
    leave();
  }

  private void click(int layer, int head, int modifiers, int count) {
    var place = place(layer, head);
    var at = tab.hover(GRID, place[0], place[1]);
    for (var type : new String[] {"mousePressed", "mouseReleased"}) {
      mouse(type, at[0], at[1], 1, modifiers, count);
    }
    tab.frames();
  }

  private void mouse(String type, double x, double y, int buttons, int modifiers, int count) {
    tab.call(
        "Input.dispatchMouseEvent",
        Map.of(
            "type",
            type,
            "x",
            x,
            "y",
            y,
            "button",
            "left",
            "buttons",
            buttons,
            "modifiers",
            modifiers,
            "clickCount",
            count));
  }

  void leave() {
    tab.mouse("mouseMoved", 2, 2, 0);
    tab.frames();
  }

  /**
   * Where a cell of the map is, in CSS pixels from the map's corner; whole for a map that is not
   * zoomed.
   */
  double[] cell(double query, double key, int size) {
    var plot = tab.text(MAP + ".dataset.plot").split(",");
    double side = Double.parseDouble(plot[2]);
    return new double[] {
      Double.parseDouble(plot[0]) + (key + 0.5) * side / size,
      Double.parseDouble(plot[1]) + (query + 0.5) * side / size
    };
  }

  void hoverCell(double query, double key, int size) {
    var at = cell(query, key, size);
    tab.hover(MAP, at[0], at[1]);
  }

  /** Drags from one cell of the shown ones to another. */
  void drag(double[] from, double[] to, int size) {
    var start = cell(from[0], from[1], size);
    var at = tab.hover(MAP, start[0], start[1]);
    var end = cell(to[0], to[1], size);
    tab.mouse("mousePressed", at[0], at[1], 1);
    for (int step = 1; step <= 4; step++) {
      double x = at[0] + (end[0] - start[0]) * step / 4;
      double y = at[1] + (end[1] - start[1]) * step / 4;
      mouse("mouseMoved", x, y, 1, 0, 0);
      tab.frames();
    }
    tab.mouse("mouseReleased", at[0] + end[0] - start[0], at[1] + end[1] - start[1], 0);
    leave();
  }

  /** Turns the wheel over a cell while Ctrl is down; negative numbers zoom in. */
  void wheel(double query, double key, int size, int turns) {
    var place = cell(query, key, size);
    var at = tab.hover(MAP, place[0], place[1]);
    for (int i = 0; i < Math.abs(turns); i++) {
      tab.call(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              "mouseWheel",
              "x",
              at[0],
              "y",
              at[1],
              "deltaX",
              0,
              "deltaY",
              turns < 0 ? -100 : 100,
              "modifiers",
              2));
      tab.frames();
    }
  }

  /** Two fingers about the corner of a cell, from so many CSS pixels apart to so many. */
  void pinch(double query, double key, int size, double from, double to) {
    var place = cell(query - 0.5, key - 0.5, size);
    var at = tab.hover(MAP, place[0], place[1]);
    for (int step = 0; step <= 8; step++) {
      double half = (from + (to - from) * step / 8) / 2;
      var fingers =
          List.of(
              Map.of("id", 0, "x", at[0] - half, "y", at[1]),
              Map.of("id", 1, "x", at[0] + half, "y", at[1]));
      touch(step == 0 ? "touchStart" : "touchMove", fingers);
    }
    touch("touchEnd", List.of());
  }

  private void touch(String type, List<?> points) {
    tab.call("Input.dispatchTouchEvent", Map.of("type", type, "touchPoints", points));
    tab.frames();
  }

  void press(String key, int modifiers) {
    var codes = Map.of("Enter", 13, "ArrowDown", 40, "ArrowRight", 39);
    for (var type : new String[] {"keyDown", "keyUp"}) {
      tab.call(
          "Input.dispatchKeyEvent",
          Map.of(
              "type",
              type,
              "key",
              key,
              "code",
              key,
              "windowsVirtualKeyCode",
              codes.getOrDefault(key, 0),
              "modifiers",
              modifiers));
    }
    tab.frames();
  }

  void choose(String label, String option) {
    tab.choose(ROOT, label, option);
  }

  /** The heading over the large map. */
  String shown() {
    return tab.text(ROOT + ".querySelector('.large .status strong').textContent");
  }

  /** The buttons beside the heading: locked heads and the range. */
  String chips() {
    return tab.text(
        "[..." + ROOT + ".querySelectorAll('.large .unlock')].map(e => e.textContent).join(', ')");
  }

  String readout() {
    return tab.text(ROOT + ".querySelector('.readout').firstChild.textContent");
  }

  String tooltip() {
    return tab.text(
        "[..."
            + ROOT
            + ".querySelectorAll('.tooltip:not([hidden]) dd')].map(e => e.textContent).join(' |"
            + " ')");
  }

  /** The colour of the large map's pixel in the middle of a cell, as rgb(…). */
  String colour(double query, double key, int size) {
    var at = cell(query, key, size);
    return tab.text(
        "(() => { const c = %s.querySelector('.map canvas'); const d = c.getContext('2d').getImageData(Math.round(%s * devicePixelRatio), Math.round(%s * devicePixelRatio), 1, 1).data; return `rgb(${d[0]}, ${d[1]}, ${d[2]})`; })()"
            .formatted(ROOT, at[0], at[1]));
  }

  String token(int at) {
    return ROOT + ".querySelectorAll('.token')[" + at + "]";
  }
}
