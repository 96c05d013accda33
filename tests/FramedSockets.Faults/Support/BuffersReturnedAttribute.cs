using System.Reflection;
using Xunit.Sdk;

namespace FramedSockets.Faults.Support;

/// <summary>After each case, no client in this process may have kept a buffer, or given one back twice.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class BuffersReturnedAttribute : BeforeAfterTestAttribute
{
    public override void After(MethodInfo methodUnderTest) => Clients.AssertAllReturnedAsync().GetAwaiter().GetResult();
}
