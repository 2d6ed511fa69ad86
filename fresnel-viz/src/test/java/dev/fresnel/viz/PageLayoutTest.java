package dev.fresnel.viz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where things are on a page of 30 layers of 9 heads, in a browser whose scroll bars take room. */
@InChromium
@Tag("long")
class PageLayoutTest {
  /** What can be scrolled in which direction, of the boxes that should not have to be. */
  private static final String SCROLLING =
      """
      (() => {
        const found = [];
        const look = root => {
          for (const box of root.querySelectorAll('*')) {
            if (box.shadowRoot) look(box.shadowRoot);
            const style = getComputedStyle(box);
            const scrolls = how => how === 'auto' || how === 'scroll';
            if (box.matches('.scroller, .components, .strip')) continue;
            if (scrolls(style.overflowX) && box.scrollWidth > box.clientWidth) found.push(box.classList[0] + ' right');
            if (scrolls(style.overflowY) && box.scrollHeight > box.clientHeight) found.push(box.classList[0] + ' down');
          }
        };
        look(document);
        return found.join(', ');
      })()\
      """;

  @TempDir Path folder;

  private Tab open(Tab tab, Report report) {
    var file = folder.resolve("report.html");
    report.write(file);
    return tab.load(file).decoded();
  }

  /**
   * Maps and grids that fit show no scroll bar. Only these may scroll: a grid of many layers
   * downwards, the lens, a long text, and a long list of components.
   */
  @ParameterizedTest
  @ValueSource(ints = {400, 1300, 1920, 2560})
  void nothingThatFitsHasAScrollBar(int width, Tab tab) {
    open(tab.size(width, 1000, 1), Samples.report(30, 9, 39));
    assertThat(tab.text(SCROLLING)).isEqualTo("heads-scroller down");
  }

  /**
   * Models of more heads than fit side by side: the grid scrolls, its names stay, the keyboard
   * reaches every head.
   */
  @ParameterizedTest
  @ValueSource(ints = {400, 1300})
  void aGridThatIsTooWideScrollsUnderItsNames(int width, Tab tab) {
    open(
        tab.size(width, 1000, 1),
        Report.titled("Wide").add(Figure.attention(Samples.patterns(12, 40, 6))));
    assertThat(tab.text("[document.documentElement.scrollWidth - innerWidth > 0].join()"))
        .as("the page itself scrolls sideways")
        .isEqualTo("false");
    tab.evaluate(Explorer.GRID + ".focus()");
    tab.press("ArrowRight");
    tab.press("End");
    for (int layer = 1; layer < 12; layer++) {
      tab.press("ArrowDown");
    }
    tab.frames();
    assertThat(new Explorer(tab).shown()).isEqualTo("Head L11H39");
    assertThat(
            tab.text(
                """
                (() => {
                  const root = %s, box = root.querySelector('.heads-scroller'), seen = box.getBoundingClientRect();
                  const [column, row] = ['.column-heads span:last-child', '.row-heads span:last-child'].map(one => root.querySelector(one).getBoundingClientRect());
                  const inside = (b, within) => b.left >= within.left - 1 && b.right <= within.left + box.clientWidth + 1
                    && b.top >= within.top - 1 && b.bottom <= within.top + box.clientHeight + 1;
                  // The names stand at the grid's edges, level with the last head.
                  return [inside(column, seen), inside(row, seen), column.top - seen.top < 4, row.left - seen.left < 34].join();
                })()\
                """
                    .formatted(Explorer.ROOT)))
        .isEqualTo("true,true,true,true");
  }

  /** Paper shows figures that nobody has scrolled to: they are made once the page has rested. */
  @Test
  void aFigureFarBelowIsMadeWithoutScrolling(Tab tab) {
    var far = Report.titled("Far");
    far.text("A line.\n".repeat(300)).add(Figure.attention(Samples.patterns(2, 2, 8)));
    var file = folder.resolve("report.html");
    far.write(file);
    tab.size(1300, 1000, 1).load(file);
    var figure = "document.querySelector('fresnel-attention')";
    assertThat(tab.evaluate(figure + ".getBoundingClientRect().top > 3000").asBoolean()).isTrue();
    tab.waitFor(figure + ".dataset.ready === ''");
  }

  @Test
  void paperHasNoControlsAndNothingThatScrolls(Tab tab) {
    open(tab.size(1300, 1000, 1), Samples.report(30, 9, 39));
    tab.call("Emulation.setEmulatedMedia", Map.of("media", "print"));
    tab.frames();
    assertThat(tab.text(SCROLLING)).isEmpty();
    var root = "document.querySelector('fresnel-attention').shadowRoot";
    var toolbar = "getComputedStyle(%s.querySelector('.toolbar')).display".formatted(root);
    assertThat(tab.text(toolbar)).isEqualTo("none");
    var grid = root + ".querySelector('.heads-scroller')";
    assertThat(tab.evaluate(grid + ".clientHeight >= " + grid + ".scrollHeight").asBoolean())
        .isTrue();
    tab.call("Emulation.setEmulatedMedia", Map.of("media", ""));
  }

  @Test
  void mapsSideBySideShareOneLegendUnlessTheyHaveRangesOfTheirOwn(Tab tab) {
    open(tab.size(1300, 1000, 1), Samples.report(30, 9, 39));
    var root = "document.querySelector('fresnel-heatmap').shadowRoot";
    var legends = "[...%s.querySelectorAll('.colour-bar')].filter(e => !e.hidden).length";
    assertThat(tab.evaluate(legends.formatted(root)).asInt()).isOne();
    tab.evaluate(
        "(() => { const s = "
            + root
            + ".querySelectorAll('select')[1]; s.value = 'panel'; s.dispatchEvent(new"
            + " Event('change')); })()");
    tab.frames();
    assertThat(tab.evaluate(legends.formatted(root)).asInt())
        .isEqualTo(tab.evaluate(root + ".querySelectorAll('.panel canvas').length").asInt());
  }
}
