using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Targets;

/// <summary>Limits that an input chooses: mostly small ones, since it is the borders that count.</summary>
internal static class LimitChoice
{
    /// <summary>The bytes that the choice takes.</summary>
    public const int Length = 4;

    public static NaiveLimits Take(ref FuzzInput input) => new(
        input.OneOf(16 * 1024, 1, 2, 3, 8, 16, 20, 32, 40, 64, 100, 200),
        input.OneOf<long>(64 * 1024 * 1024, 0, 1, 5, 16, 40, 100, 130, 300, long.MaxValue),
        input.OneOf(1024 * 1024, 0, 1, 5, 16, 40, 100, 300),
        input.Flag());
}
