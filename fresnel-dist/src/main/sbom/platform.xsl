<?xml version="1.0" encoding="UTF-8"?>
<!-- Makes one platform's bill of materials of that of all platforms: without the jars of others, with what native libraries contain, and with the jars of Maven. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:b="http://cyclonedx.org/schema/bom/1.6"
    xmlns="http://cyclonedx.org/schema/bom/1.6" exclude-result-prefixes="b">
  <xsl:param name="platform"/>
  <xsl:output indent="yes" encoding="UTF-8"/>
  <xsl:variable name="natives" select="document('natives.xml')/natives"/>
  <xsl:variable name="maven" select="document('maven.xml')/jars"/>

  <xsl:template match="@*|node()">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="b:metadata/b:component/b:name/text()">
    <xsl:value-of select="concat('fresnel-', ../../b:version, '-', $platform)"/>
  </xsl:template>

  <!-- Jars, and edges to and from jars, of other platforms -->
  <xsl:template match="b:components/b:component[contains(@bom-ref, 'classifier=') and not(contains(@bom-ref, $platform))]"/>
  <xsl:template match="b:dependency[contains(@ref, 'classifier=') and not(contains(@ref, $platform))]"/>

  <xsl:template match="b:bom/b:components/b:component[contains(@bom-ref, $platform) or b:name = 'tokenizers']">
    <xsl:variable name="jar" select="string(b:name)"/>
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <components>
        <xsl:apply-templates select="$natives/jar[@name = $jar]/library[not(@on) or contains(@on, $platform)]"/>
      </components>
    </xsl:copy>
  </xsl:template>

  <!-- Maven and what it uses, for the workshop's projects -->
  <xsl:template match="b:bom/b:components">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <xsl:apply-templates select="$maven/jar"/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="jar">
    <component type="library" bom-ref="{@purl}">
      <group><xsl:value-of select="@group"/></group>
      <name><xsl:value-of select="@name"/></name>
      <version><xsl:value-of select="@version"/></version>
      <hashes><hash alg="SHA-256"><xsl:value-of select="@sha256"/></hash></hashes>
      <licenses><expression><xsl:value-of select="@licence"/></expression></licenses>
      <purl><xsl:value-of select="@purl"/></purl>
    </component>
  </xsl:template>

  <xsl:template match="library">
    <component type="library">
      <name><xsl:value-of select="@name"/></name>
      <xsl:if test="@version"><version><xsl:value-of select="@version"/></version></xsl:if>
      <licenses><expression><xsl:value-of select="@licence"/></expression></licenses>
      <xsl:if test="@purl"><purl><xsl:value-of select="@purl"/></purl></xsl:if>
    </component>
  </xsl:template>
</xsl:stylesheet>
