"""All that knows Magento's REST API. Takes values of `connector.domain`, gives such values back; knows no tables."""
