namespace FramedSockets.Transport;

/// <summary>Follows the records of TLS through a stream of bytes, by their headers: a type, a version, and a length in two bytes.</summary>
internal struct TlsRecords
{
    private const int HeaderLength = 5;

    private int _header;
    private int _left;
    private ushort _length;

    /// <summary>Whether a record has begun and not ended.</summary>
    public readonly bool IsInside => _left > 0 || _header > 0;

    /// <summary>Goes on behind bytes.</summary>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left == 0)
            {
                PassHeader(bytes[0]);
                bytes = bytes[1..];
                continue;
            }

            var count = Math.Min(_left, bytes.Length);
            _left -= count;
            bytes = bytes[count..];
        }
    }

    private void PassHeader(byte next)
    {
        // Its last two bytes are what remains.
        _length = (ushort)((_length << 8) | next);
        if (++_header == HeaderLength)
        {
            _left = _length;
            _header = 0;
        }
    }
}
