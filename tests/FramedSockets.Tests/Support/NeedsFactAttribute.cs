namespace FramedSockets.Tests.Support;

/// <summary>A test that needs something of the machine, and says what is missing where it is skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(Need need)
    {
        Need = need;
        Skip = Machine.FindLack(need);
    }

    public Need Need { get; }
}
