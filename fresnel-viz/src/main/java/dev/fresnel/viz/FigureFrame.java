package dev.fresnel.viz;

/**
 * A figure for a notebook: a page in a frame of its own, so that several figures on a notebook's
 * page share neither styles nor ids nor keys.
 *
 * <pre>{@code
 * String html = FigureFrame.html(Figure.heads(scores));   // as text/html
 * }</pre>
 */
public final class FigureFrame {
  /** The height before the figure has said its own, in CSS pixels. */
  private static final int FIRST_HEIGHT = 480;

  /**
   * Gives each frame the height that it says, and the theme of JupyterLab or VS Code around it. It
   * stands beside every frame, since any may be the first, and acts once on a page.
   */
  private static final String AROUND =
      """
      <script>(() => {
        if (window.fresnelFrames) return;
        window.fresnelFrames = true;
        const frames = () => [...document.querySelectorAll('iframe[data-fresnel]')];
        const theme = () => {
          const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
          if (jpThemeLight) return jpThemeLight === 'true' ? 'light' : 'dark';
          return vscodeThemeKind ? (/dark|^vscode-high-contrast$/.test(vscodeThemeKind) ? 'dark' : 'light') : '';
        };
        const tell = frame => frame.contentWindow.postMessage({ fresnel: 'theme', theme: theme() }, '*');
        addEventListener('message', event => {
          const frame = event.data?.fresnel === 'height' && frames().find(each => each.contentWindow === event.source);
          if (!frame || !(event.data.height > 0)) return;
          frame.style.height = Math.ceil(event.data.height) + 'px';
          if (!frame.dataset.told) tell(frame);
          frame.dataset.told = 'yes';
        });
        new MutationObserver(() => frames().forEach(tell))
          .observe(document.body, { attributeFilter: ['data-jp-theme-light', 'data-vscode-theme-kind'] });
      })()</script>\
      """;

  private FigureFrame() {}

  /**
   * The figure as HTML. Its scripts run in a sandbox: they reach neither the page around them nor
   * the network. The frame is as tall as the figure.
   */
  public static String html(Figure figure) {
    String page = Report.titled(figure.title()).add(figure).html();
    return "<iframe data-fresnel title=\"%s\" sandbox=\"allow-scripts allow-downloads\" style=\"width:100%%;height:%dpx;border:0\" srcdoc=\"%s\"></iframe>\n%s"
        .formatted(
            Html.escaped(figure.title()),
            FIRST_HEIGHT,
            page.replace("&", "&amp;").replace("\"", "&quot;"),
            AROUND);
  }
}
