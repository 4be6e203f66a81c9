<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="xml" indent="no"/>
  <xsl:template match="/batch">
    <invoices>
      <xsl:apply-templates select="doc"/>
    </invoices>
  </xsl:template>
  <xsl:template match="doc">
    <invoice id="{@no}" partner="{../@partner}" eur="{total}"/>
  </xsl:template>
</xsl:stylesheet>
