using System.Reflection;
using Xunit.Sdk;

namespace FramedSockets.Tests.Support;

/// <summary>A row of a theory that needs something of the machine, and says what is missing where it is skipped.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class NeedsDataAttribute : DataAttribute
{
    public NeedsDataAttribute(Need need, params object[] data)
    {
        Need = need;
        Data = data;
        Skip = Machine.FindLack(need);
    }

    public Need Need { get; }

    public IReadOnlyList<object> Data { get; }

    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => [[.. Data]];
}
