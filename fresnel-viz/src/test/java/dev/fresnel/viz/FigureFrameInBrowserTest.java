package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Figures as the outputs of a notebook in VS Code, of whose page a stand-in is built here: a frame
 * in a sandbox, a content policy, and a renderer that sets an output's HTML and then runs its
 * scripts. What VS Code does is read from its public source: {@code backLayerWebView.ts} (policy),
 * {@code webview/browser/pre/index.html} (frame), {@code notebook-renderers/src/index.ts}
 * (renderer).
 */
@InChromium
class FigureFrameInBrowserTest {
  /**
   * What VS Code allows outputs where its setting {@code notebook.experimental.enableCsp} is on;
   * its own scripts and styles come from elsewhere. Without that setting it has no policy.
   */
  private static final String POLICY =
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src"
          + " 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src https: http: data:;"
          + " font-src https:; connect-src https:; child-src https: data:;\">";

  /** What this page is about; the rest of it is VS Code's frame around it. */
  private static final String NOTEBOOK =
      """
      <html lang="en"><head><meta charset="UTF-8">
      <script>window.parent = window; window.top = window; window.frameElement = null;</script>%s</head>
      <body data-vscode-theme-kind="vscode-dark"><div id="container"></div>
      <script>
        window.probes = [];
        addEventListener('message', event => {
          const all = [...document.querySelectorAll('iframe')];
          if (event.data.probe) probes[all.findIndex(each => each.contentWindow === event.source)] = event.data.probe;
        });
        window.output = html => {
          const element = document.createElement('div');
          element.innerHTML = html;
          document.getElementById('container').appendChild(element);
          for (const node of [...element.getElementsByTagName('script')]) {
            const script = document.createElement('script');
            script.text = node.innerText;
            element.appendChild(script).parentNode.removeChild(script);
          }
        };
      </script></body></html>
      """;

  private static final String EDITOR =
      """
      <!doctype html><meta charset="utf-8"><body style="margin:0;overflow:hidden">
      <iframe sandbox="allow-same-origin allow-pointer-lock allow-scripts allow-downloads allow-forms"
        style="border:0;position:absolute;width:100%%;height:100%%"></iframe>
      <script>
        window.notebook = document.querySelector('iframe').contentWindow;
        notebook.document.open();
        notebook.document.write('<!DOCTYPE html>' + %s);
        notebook.document.close();
        %s.forEach(notebook.output);
      </script>
      """;

  /** Says what is in a figure's frame, which no script around it can read. */
  private static final String PROBE =
      """
      setInterval(() => {
        const root = document.querySelector('fresnel-heatmap')?.shadowRoot;
        const canvas = root?.querySelector('canvas')?.getBoundingClientRect();
        if (canvas) parent.postMessage({ probe: { theme: document.documentElement.dataset.theme,
          text: root.textContent, left: canvas.left, top: canvas.top } }, '*');
      }, 50)\
      """;

  private static final String FRAMES = "[...notebook.document.querySelectorAll('iframe')]";
  private static final String HEIGHTS = FRAMES + ".map(f => f.getBoundingClientRect().height)";
  private static final String THEMES = "notebook.probes.map(probe => probe.theme).join()";

  @TempDir Path folder;

  private static Figure map(int layers) {
    return Figure.heatMap(
        HeatMap.of("scores", new double[layers][8], Labels.layers(layers), Labels.heads(8)));
  }

  private Tab open(Tab tab, String policy, List<Figure> figures) throws IOException {
    var outputs = new ArrayList<String>();
    for (var figure : figures) {
      outputs.add(probed(FigureFrame.html(figure)));
    }
    var file = folder.resolve("notebook.html");
    Files.writeString(file, EDITOR.formatted(quoted(NOTEBOOK.formatted(policy)), quoted(outputs)));
    tab.size(900, 900, 1).load(file);
    tab.waitFor(HEIGHTS + ".every(height => height !== 480)");
    tab.waitFor("notebook.probes.filter(probe => probe).length === " + figures.size());
    return tab;
  }

  /** A frame with the probe at the end of its page, whose own policy allows it by its hash. */
  private static String probed(String frame) {
    int end = frame.indexOf("\"></iframe>");
    return frame.substring(0, end).replace("script-src ", "script-src 'sha256-" + hash() + "' ")
        + Html.escaped("<script>" + PROBE + "</script>")
        + frame.substring(end);
  }

  private static String hash() {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder()
          .encodeToString(digest.digest(PROBE.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** What the console has, but Chromium's remark on the sandbox that VS Code chose. */
  private static List<String> complaints(Tab tab) {
    return tab.console().stream().filter(e -> !e.contains("can escape its sandboxing")).toList();
  }

  /** As a script's value. */
  private static String quoted(Object value) throws IOException {
    return new ObjectMapper().writeValueAsString(value).replace("<", "\\u003c");
  }

  @ParameterizedTest
  @ValueSource(strings = {POLICY, ""})
  void eachFrameIsAsTallAsItsFigure(String policy, Tab tab) throws IOException {
    open(tab, policy, List.of(map(2), map(24)));
    assertThat(tab.evaluate(HEIGHTS + "[1] > " + HEIGHTS + "[0] + 100").asBoolean()).isTrue();
    assertThat(complaints(tab)).isEmpty();
  }

  @Test
  void severalFramesWithTheSameFigureDoNotClash(Tab tab) throws IOException {
    open(tab, POLICY, List.of(map(2), map(2), map(2)));
    assertThat(tab.evaluate("new Set(" + HEIGHTS + ").size").asInt()).isOne();
    assertThat(complaints(tab)).isEmpty();
  }

  @Test
  void everyFigureFollowsTheEditorsTheme(Tab tab) throws IOException {
    open(tab, POLICY, List.of(map(2), map(2)));
    tab.waitFor(THEMES + " === 'dark,dark'");
    for (var theme : List.of("light", "high-contrast", "high-contrast-light", "dark")) {
      tab.evaluate("notebook.document.body.dataset.vscodeThemeKind = 'vscode-" + theme + "'");
      String ours = theme.replace("high-contrast-", "").replace("high-contrast", "dark");
      tab.waitFor("%s === '%s,%2$s'".formatted(THEMES, ours));
    }
    assertThat(complaints(tab)).isEmpty();
  }

  @Test
  void pointingAndLockingReachTheFigureUnderThePointerAlone(Tab tab) throws IOException {
    open(tab, POLICY, List.of(map(2), map(2)));
    var at = pointAtTheSecond(tab);
    tab.mouse("mousePressed", at.get(0).asDouble(), at.get(1).asDouble(), 1);
    tab.mouse("mouseReleased", at.get(0).asDouble(), at.get(1).asDouble(), 0);
    tab.waitFor("/L\\dH\\d locked/.test(notebook.probes[1].text)");
    assertThat(tab.text("notebook.probes[0].text")).doesNotContain("locked");
    assertThat(complaints(tab)).isEmpty();
  }

  /** Moves the pointer into the second figure until it says so: frames still find their heights. */
  private static JsonNode pointAtTheSecond(Tab tab) {
    for (int tries = 0; tries < 200; tries++) {
      var at =
          tab.evaluate(
              "(() => { const box = "
                  + FRAMES
                  + "[1].getBoundingClientRect(); return [box.left + notebook.probes[1].left + 60,"
                  + " box.top + notebook.probes[1].top + 40]; })()");
      tab.mouse("mouseMoved", at.get(0).asDouble() + tries % 2, at.get(1).asDouble(), 0);
      Chromium.sleep(150);
      if (tab.evaluate("/L\\dH\\d/.test(notebook.probes[1].text)").asBoolean()) {
        return at;
      }
    }
    throw new AssertionError("the second figure never said where the pointer is");
  }
}
