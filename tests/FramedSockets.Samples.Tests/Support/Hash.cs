using System.Security.Cryptography;

namespace FramedSockets.Samples.Tests.Support;

internal static class Hash
{
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
