namespace Tour.Support;

/// <summary>Bytes as a picture: in hex, with the characters below.</summary>
internal static class Drawing
{
    private const int Width = 21;

    public static string Of(byte[] bytes)
    {
        var rows = bytes.Chunk(Width).Select(row =>
            $"  {string.Join(' ', row.Select(value => $"{value:x2}"))}\n  {string.Join("  ", row.Select(Symbol))}");
        return string.Join('\n', rows);
    }

    private static string Symbol(byte value) => value switch { (byte)'\n' => "⏎", < 0x20 or >= 0x7f => "·", _ => $"{(char)value}" };
}
